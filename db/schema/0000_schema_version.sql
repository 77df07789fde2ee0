-- Applied each time: the table of the migrations that were applied.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS schema_version (
	version INT NOT NULL,
	name VARCHAR(64) NOT NULL,
	applied_at DATETIME(6) NOT NULL,
	PRIMARY KEY (version)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

INSERT IGNORE INTO schema_version (version, name, applied_at)
	VALUES (0, 'schema_version', UTC_TIMESTAMP(6));
