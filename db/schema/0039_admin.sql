-- Keys of operators, and the sessions of the Admin API: db/operator_key.h, db/admin_session.h.

-- Personal data: none.
CREATE TABLE IF NOT EXISTS operator_key (
	id INT NOT NULL AUTO_INCREMENT,
	name VARCHAR(64) NOT NULL,
	hash BINARY(32) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	revoked_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY operator_key_hash (hash)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- tenant_id: NULL of an operator's session. One of api_key_id and operator_key_id is the key that began it.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS admin_session (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NULL,
	api_key_id INT NULL,
	operator_key_id INT NULL,
	hash BINARY(32) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	used_at DATETIME(6) NOT NULL,
	ends_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY admin_session_hash (hash),
	KEY admin_session_age (ends_at),
	CONSTRAINT admin_session_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id),
	CONSTRAINT admin_session_api_key FOREIGN KEY (api_key_id) REFERENCES api_key (id),
	CONSTRAINT admin_session_operator_key FOREIGN KEY (operator_key_id) REFERENCES operator_key (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- What the Admin API lists page by page: open conflicts, and erasures that wait for an administrator.
ALTER TABLE account_conflict ADD KEY IF NOT EXISTS account_conflict_open (tenant_id, settled_at, id);
ALTER TABLE push_event ADD KEY IF NOT EXISTS push_event_pending (tenant_id, state, id);
