-- Logins that were refused, so that it can be told why somebody could not get in: db/login_refusal.h.

-- tenant_id and app_id: NULL if the request named no app of this service. openid_hash and openid_masked: NULL if WeChat named none.
-- is_claimed: the client alone has named the openid. Both hashes are keyed, by a key that is never replaced.
-- Personal data: by openid_hash.
-- Exported: app_id, openid_masked, is_claimed, error, happened_at.
-- Internal: reason, request_id.
-- Secret: openid_hash, address_hash.
-- Technical: id, tenant_id.
CREATE TABLE IF NOT EXISTS login_refusal (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NULL,
	app_id INT NULL,
	openid_hash BINARY(32) NULL,
	openid_masked VARCHAR(32) NULL,
	is_claimed TINYINT NOT NULL,
	address_hash BINARY(32) NULL,
	error VARCHAR(32) NOT NULL,
	reason VARCHAR(160) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	request_id VARCHAR(32) NOT NULL,
	happened_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	KEY login_refusal_of_openid (openid_hash, happened_at),
	KEY login_refusal_of_request (request_id),
	KEY login_refusal_of_app (app_id, happened_at),
	KEY login_refusal_of_tenant (tenant_id, happened_at),
	KEY login_refusal_age (happened_at),
	CONSTRAINT login_refusal_app FOREIGN KEY (app_id, tenant_id) REFERENCES app (id, tenant_id) ON DELETE CASCADE,
	CONSTRAINT login_refusal_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id),
	CONSTRAINT login_refusal_flag CHECK (is_claimed IN (0, 1))
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;
