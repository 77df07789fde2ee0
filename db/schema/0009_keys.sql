-- By what the keys outside are known to be this database's: a check value of each, which tells nothing else of it. kind: 0 sealing,
-- 1 look-up, 2 erasure. Whoever comes first with a key writes its row; a number is never given to another key.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS key_check (
	kind TINYINT NOT NULL,
	number INT NOT NULL,
	check_value BINARY(32) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (kind, number),
	CONSTRAINT key_check_kind CHECK (kind BETWEEN 0 AND 2),
	CONSTRAINT key_check_number CHECK (number BETWEEN 1 AND 65535)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;
