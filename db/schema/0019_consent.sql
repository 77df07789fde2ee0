-- What an account has agreed to, and when: a row is added for each version of a document, and none is changed.
-- Personal data: by account.
-- Exported: document, version, consented_at.
-- Technical: id, tenant_id, account_id.
CREATE TABLE IF NOT EXISTS consent (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	account_id BINARY(16) NOT NULL,
	document VARCHAR(64) NOT NULL,
	version VARCHAR(32) NOT NULL,
	consented_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	KEY consent_of_account (account_id, document, consented_at),
	CONSTRAINT consent_account FOREIGN KEY (account_id, tenant_id) REFERENCES account (id, tenant_id)
		ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
