-- Access tokens of WeChat users.

-- Customers' settings of an account; NULL: the tenant's setting counts.
-- Exported: is_mini_program_remind, is_close_order_pda, is_show_statistics_pda, is_show_no_fee_leave_button, can_balance_pay.
ALTER TABLE account
	ADD COLUMN IF NOT EXISTS is_mini_program_remind TINYINT NULL,
	ADD COLUMN IF NOT EXISTS is_close_order_pda TINYINT NULL,
	ADD COLUMN IF NOT EXISTS is_show_statistics_pda TINYINT NULL,
	ADD COLUMN IF NOT EXISTS is_show_no_fee_leave_button TINYINT NULL,
	ADD COLUMN IF NOT EXISTS can_balance_pay TINYINT NULL;

-- exchanged_at: when WeChat last exchanged a code for this user; NULL: never through this service.
-- Exported: exchanged_at.
ALTER TABLE wechat_user ADD COLUMN IF NOT EXISTS exchanged_at DATETIME(6) NULL;
UPDATE wechat_user SET exchanged_at = COALESCE(session_at, created_at)
	WHERE exchanged_at IS NULL AND app_id IS NOT NULL;

-- Each login writes n_token_families, so that two nodes of a cluster cannot begin families of one user at once.
-- Technical: n_token_families.
ALTER TABLE wechat_user ADD COLUMN IF NOT EXISTS n_token_families INT NOT NULL DEFAULT 0;

-- A family begins with a login and grows with each renewal; only its last token is valid. security_stamp is the account's at the
-- login; a token is revoked if the account has another one now. rotated_at: when the token was renewed.
-- Personal data: by wechat_user.
-- Exported: family, began_at, issued_at, expires_at, rotated_at, revoked_at.
-- Secret: hash, security_stamp.
-- Technical: id, tenant_id, wechat_user_id.
CREATE TABLE IF NOT EXISTS access_token (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	wechat_user_id INT NOT NULL,
	family BINARY(16) NOT NULL,
	hash BINARY(32) NOT NULL,
	security_stamp BINARY(16) NOT NULL,
	began_at DATETIME(6) NOT NULL,
	issued_at DATETIME(6) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	rotated_at DATETIME(6) NULL,
	revoked_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY access_token_hash (hash),
	KEY access_token_of_family (family),
	KEY access_token_of_user (wechat_user_id, revoked_at, expires_at),
	KEY access_token_age (expires_at),
	CONSTRAINT access_token_user FOREIGN KEY (wechat_user_id) REFERENCES wechat_user (id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

-- An app's own token for WeChat's API, shared by all hosts.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS wechat_token (
	app_id INT NOT NULL,
	tenant_id INT NOT NULL,
	row_uuid BINARY(16) NOT NULL,
	token VARBINARY(1056) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	PRIMARY KEY (app_id),
	CONSTRAINT wechat_token_app FOREIGN KEY (app_id, tenant_id) REFERENCES app (id, tenant_id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

INSERT INTO job_lease (name, holder, expires_at)
	SELECT 'access_token', '', UTC_TIMESTAMP(6) FROM DUAL
	WHERE NOT EXISTS (SELECT 1 FROM job_lease WHERE name = 'access_token');
