-- What erasures.log says on each host: db/tombstone.h.

-- That a user or member was erased, as hashes under the erasure key (no tenant). Never deleted: it outlives each backup that has the
-- person. Each host reads the rows in the order of id and appends to its file what that lacks. added_at: when the row was written,
-- which is later than the erasure if a file has brought it.
-- Personal data: the tenant's own.
CREATE TABLE IF NOT EXISTS tombstone (
	id BIGINT NOT NULL AUTO_INCREMENT,
	subject_hash BINARY(32) NOT NULL,
	erased_at DATETIME(6) NOT NULL,
	unionid_hash BINARY(32) NULL,
	phone_hash BINARY(32) NULL,
	added_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY tombstone_once (subject_hash, erased_at)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;
