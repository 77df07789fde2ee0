-- Which process migrates: db/migration_lock.h. The table is made before the first migration, too.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS migration_lock (
	id TINYINT NOT NULL,
	holder VARCHAR(80) NOT NULL,
	begun_at DATETIME(6) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
