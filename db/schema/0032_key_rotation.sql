-- Keys that are replaced while the service runs: db/key_rotation.h.

-- used_from: since when the key seals or signs; NULL: it does not yet. retired_at: since when nothing needs it.
ALTER TABLE key_check
	ADD COLUMN IF NOT EXISTS used_from DATETIME(6) NULL,
	ADD COLUMN IF NOT EXISTS retired_at DATETIME(6) NULL;
UPDATE key_check SET used_from = created_at WHERE used_from IS NULL;

-- Which keys the service of a host has: the highest number in its files, and since when. Its processes note it each minute.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS key_host (
	host VARCHAR(255) NOT NULL,
	sealing INT NOT NULL,
	audit INT NOT NULL,
	since DATETIME(6) NOT NULL,
	seen_at DATETIME(6) NOT NULL,
	PRIMARY KEY (host)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
