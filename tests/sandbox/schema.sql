-- Applied each time the sandbox starts. Nothing here is worth protecting, so nothing is sealed; texts
-- compare exactly, since what a client sends is compared with them as it is.

CREATE TABLE IF NOT EXISTS app (
	appid VARCHAR(64) NOT NULL,
	secret VARCHAR(128) NOT NULL,
	kind VARCHAR(16) NOT NULL,
	push_token VARCHAR(64) NOT NULL,
	aes_key VARCHAR(64) NOT NULL,
	url VARCHAR(512) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (appid)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
ALTER TABLE app ADD COLUMN IF NOT EXISTS api_key VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE app ADD COLUMN IF NOT EXISTS wechat_key VARCHAR(64) NOT NULL DEFAULT '';

-- A login code, and the user that it stands for.
CREATE TABLE IF NOT EXISTS code (
	code VARCHAR(64) NOT NULL,
	appid VARCHAR(64) NOT NULL,
	openid VARCHAR(128) NOT NULL,
	unionid VARCHAR(128) NULL,
	session_key VARCHAR(128) NOT NULL,
	scope VARCHAR(128) NOT NULL,
	is_snapshotuser INT NOT NULL,
	nickname VARCHAR(256) NOT NULL,
	sex INT NOT NULL,
	language VARCHAR(64) NOT NULL,
	city VARCHAR(256) NOT NULL,
	province VARCHAR(256) NOT NULL,
	country VARCHAR(256) NOT NULL,
	headimgurl VARCHAR(1024) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	used_at DATETIME(6) NULL,
	PRIMARY KEY (code)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
ALTER TABLE code ADD KEY IF NOT EXISTS code_of_user (appid, openid, used_at);

-- A code of the phone button, and the number that it stands for.
CREATE TABLE IF NOT EXISTS phone_code (
	code VARCHAR(64) NOT NULL,
	appid VARCHAR(64) NOT NULL,
	openid VARCHAR(128) NOT NULL,
	country_code VARCHAR(8) NOT NULL,
	phone VARCHAR(32) NOT NULL,
	watermark_appid VARCHAR(64) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	used_at DATETIME(6) NULL,
	PRIMARY KEY (code)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- What an OAuth code was exchanged for.
CREATE TABLE IF NOT EXISTS user_token (
	refresh_token VARCHAR(512) NOT NULL,
	access_token VARCHAR(512) NOT NULL,
	code VARCHAR(64) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	refresh_expires_at DATETIME(6) NOT NULL,
	PRIMARY KEY (refresh_token),
	UNIQUE KEY user_token_access (access_token)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- An app's own access tokens, plain and stable ones apart. is_void: a newer one has taken its place.
CREATE TABLE IF NOT EXISTS app_token (
	token VARCHAR(512) NOT NULL,
	appid VARCHAR(64) NOT NULL,
	is_stable TINYINT NOT NULL,
	is_forced TINYINT NOT NULL,
	created_at DATETIME(6) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	PRIMARY KEY (token),
	KEY app_token_newest (appid, is_stable, expires_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
ALTER TABLE app_token ADD COLUMN IF NOT EXISTS is_void TINYINT NOT NULL DEFAULT 0;

CREATE TABLE IF NOT EXISTS fault (
	path VARCHAR(128) NOT NULL,
	kind VARCHAR(16) NOT NULL,
	value INT NOT NULL,
	n_left INT NOT NULL,
	PRIMARY KEY (path)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
ALTER TABLE fault ADD COLUMN IF NOT EXISTS text VARCHAR(128) NULL;

CREATE TABLE IF NOT EXISTS api_call (
	id BIGINT NOT NULL AUTO_INCREMENT,
	path VARCHAR(128) NOT NULL,
	called_at DATETIME(6) NOT NULL,
	appid VARCHAR(128) NULL,
	code VARCHAR(128) NULL,
	openid VARCHAR(128) NULL,
	fault VARCHAR(16) NULL,
	PRIMARY KEY (id),
	KEY api_call_path (path)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
ALTER TABLE api_call ADD COLUMN IF NOT EXISTS answer VARCHAR(1024) NULL;

-- What the SMS gateways would have sent, and the nonces of the calls that they were asked with.
CREATE TABLE IF NOT EXISTS sms (
	id BIGINT NOT NULL AUTO_INCREMENT,
	phone VARCHAR(32) NOT NULL,
	code VARCHAR(16) NOT NULL,
	driver VARCHAR(16) NOT NULL,
	sent_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	KEY sms_phone (phone)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
CREATE TABLE IF NOT EXISTS sms_nonce (
	nonce VARCHAR(128) NOT NULL,
	used_at DATETIME(6) NOT NULL,
	PRIMARY KEY (nonce)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
