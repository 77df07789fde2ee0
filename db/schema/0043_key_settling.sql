-- settle_s: how many seconds a process of the host may go on with the files of before, by that host's configuration (db/key_host.h).
-- 0: the row is of an older release.
ALTER TABLE key_host
	ADD COLUMN IF NOT EXISTS settle_s INT NOT NULL DEFAULT 0;
