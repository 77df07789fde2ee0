-- Look-up keys that are replaced while the service runs: db/lookup_rotation.h.

-- step: of a look-up key that replaces another one, since step_at: 1 unique hashes are made with it, too; 2 all are; 3 the other one
-- is not used any more.
ALTER TABLE key_check
	ADD COLUMN IF NOT EXISTS step TINYINT NOT NULL DEFAULT 0,
	ADD COLUMN IF NOT EXISTS step_at DATETIME(6) NULL;

-- lookup: the highest number in its file. followed: the last step of a look-up key that its processes know, as NUMBER * 4 + step.
-- has_steps 0: the row is of processes of an older release, which know of no steps.
ALTER TABLE key_host
	ADD COLUMN IF NOT EXISTS lookup INT NOT NULL DEFAULT 0,
	ADD COLUMN IF NOT EXISTS followed INT NOT NULL DEFAULT 0,
	ADD COLUMN IF NOT EXISTS has_steps TINYINT NOT NULL DEFAULT 0,
	DROP PRIMARY KEY,
	ADD PRIMARY KEY (host, has_steps);
