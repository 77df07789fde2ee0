-- Who has done what an entry of the audit tells, and from where: db/audit.h.

-- The audit outlives the person: who and subject may have the id of an account or user, and origin the client's network.
-- tenant_id: NULL of what is done to the installation. who: NULL of an entry by the release before, which has nothing in origin and
-- request_id either.
ALTER TABLE audit
	MODIFY COLUMN tenant_id INT NULL,
	ADD COLUMN IF NOT EXISTS who VARCHAR(160) NULL,
	ADD COLUMN IF NOT EXISTS origin VARCHAR(128) NULL,
	ADD COLUMN IF NOT EXISTS request_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_nopad_bin NULL;

-- The chains of the audit: db/audit_chain.h. tenant_id 0: the installation's. Rows are inserted and never changed, so no foreign key
-- deletes or changes them.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS audit_link (
	tenant_id INT NOT NULL,
	sequence BIGINT NOT NULL,
	entry_id BIGINT NOT NULL,
	is_genuine TINYINT NOT NULL,
	sealed_at DATETIME(6) NOT NULL,
	key_number INT NOT NULL,
	mac BINARY(32) NOT NULL,
	PRIMARY KEY (tenant_id, sequence),
	UNIQUE KEY audit_link_entry (entry_id),
	KEY audit_link_age (sealed_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
