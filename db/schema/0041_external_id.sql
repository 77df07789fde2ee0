-- The ids by which the systems that the tenant had before know an account. An id names one account of the tenant.
-- Personal data: by account.
-- Exported: external_id, created_at.
-- Technical: id, tenant_id, account_id.
CREATE TABLE IF NOT EXISTS external_id (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	account_id BINARY(16) NOT NULL,
	external_id VARCHAR(128) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY external_id_of_tenant (tenant_id, external_id),
	KEY external_id_of_account (account_id, tenant_id),
	CONSTRAINT external_id_account FOREIGN KEY (account_id, tenant_id) REFERENCES account (id, tenant_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
