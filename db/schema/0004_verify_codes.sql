-- Verification codes by SMS, and counts of them.

-- The code for a phone and a purpose; a new one replaces it. Hashes are keyed.
-- Personal data: by phone.
-- Secret: purpose, phone_hash, code_hash, n_tries, created_at, expires_at, used_at.
-- Technical: id, tenant_id.
CREATE TABLE IF NOT EXISTS verify_code (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	purpose VARCHAR(16) NOT NULL,
	phone_hash BINARY(32) NOT NULL,
	code_hash BINARY(32) NOT NULL,
	n_tries INT NOT NULL DEFAULT 0,
	created_at DATETIME(6) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	used_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY verify_code_live (tenant_id, purpose, phone_hash),
	KEY verify_code_age (expires_at),
	CONSTRAINT verify_code_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

-- kind: what is limited (phone, address, key, tenant) and for how long (minute, hour, day). subject_hash is keyed. A slot begins with
-- its first message and is free again when that time has passed.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS sms_counter (
	tenant_id INT NOT NULL,
	kind VARCHAR(16) NOT NULL,
	subject_hash BINARY(32) NOT NULL,
	slot TINYINT NOT NULL,
	begins_at DATETIME(6) NOT NULL,
	n_sent INT NOT NULL,
	PRIMARY KEY (tenant_id, kind, subject_hash, slot),
	KEY sms_counter_age (begins_at),
	CONSTRAINT sms_counter_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

INSERT INTO job_lease (name, holder, expires_at)
	SELECT 'verify_code', '', UTC_TIMESTAMP(6) FROM DUAL
	WHERE NOT EXISTS (SELECT 1 FROM job_lease WHERE name = 'verify_code');
