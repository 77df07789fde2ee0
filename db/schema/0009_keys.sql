-- A check value of each key that was used with this database, by which the keys of a host are recognised; it reveals nothing of the
-- key. kind: 0 sealing, 1 look-up, 2 erasure. The first host that has a key adds its row. A number is never given to another key.
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
