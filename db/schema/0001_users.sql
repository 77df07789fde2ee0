-- Every statement can be repeated, since MariaDB commits each CREATE and ALTER by itself.
--
-- Names compare exactly (utf8mb4_nopad_bin). WeChat's identifiers are ASCII, and case matters (ascii_nopad_bin). Times are UTC.
-- A sealed column is VARBINARY, 31 bytes longer than its text, which has up to four bytes a character. The seal depends on row_uuid.

-- Personal data: none.
CREATE TABLE IF NOT EXISTS tenant (
	id INT NOT NULL AUTO_INCREMENT,
	name VARCHAR(64) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY tenant_name (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- Personal data: none.
CREATE TABLE IF NOT EXISTS setting (
	tenant_id INT NOT NULL,
	name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_nopad_bin NOT NULL,
	value VARCHAR(1024) NOT NULL,
	PRIMARY KEY (tenant_id, name),
	CONSTRAINT setting_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- An account of WeChat's Open Platform, within which a person has one unionid.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS open_platform (
	id INT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	name VARCHAR(64) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY open_platform_name (tenant_id, name),
	UNIQUE KEY open_platform_in_tenant (id, tenant_id),
	CONSTRAINT open_platform_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- kind: 0 mini, 1 official, 2 mobile, 3 web.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS app (
	id INT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	row_uuid BINARY(16) NOT NULL,
	appid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_nopad_bin NOT NULL,
	kind TINYINT NOT NULL,
	secret VARBINARY(256) NOT NULL,
	open_platform_id INT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY app_appid (appid),
	UNIQUE KEY app_in_tenant (id, tenant_id),
	CONSTRAINT app_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id),
	CONSTRAINT app_open_platform FOREIGN KEY (open_platform_id, tenant_id)
		REFERENCES open_platform (id, tenant_id),
	CONSTRAINT app_kind CHECK (kind BETWEEN 0 AND 3),
	CONSTRAINT app_appid_form CHECK (appid NOT RLIKE '^$|[^A-Za-z0-9_-]')
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- scopes: 1 read, 2 write, 4 admin.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS api_key (
	id INT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	name VARCHAR(64) NOT NULL,
	scopes INT NOT NULL,
	hash BINARY(32) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	revoked_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY api_key_hash (hash),
	CONSTRAINT api_key_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id),
	CONSTRAINT api_key_scopes CHECK (scopes BETWEEN 1 AND 7)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- A person. confirmed_phone_hash is of the phone that the person has proven to hold, _next its hash with the next look-up key.
-- n_moves counts users that joined or left the account; each writes it, so that two nodes of a cluster cannot do so at once.
-- Personal data: by account, erased apart.
-- Exported: id, email, is_active, is_deleted, is_lockout_enabled, lockout_end, access_failed_count, trial_from, trial_to.
-- Exported: created_at, modified_at, deleted_at.
-- Internal: is_risk.
-- Secret: confirmed_phone_hash, confirmed_phone_hash_next, security_stamp.
-- Technical: tenant_id, concurrency_stamp, entity_version, n_moves.
CREATE TABLE IF NOT EXISTS account (
	id BINARY(16) NOT NULL,
	tenant_id INT NOT NULL,
	email VARCHAR(320) NOT NULL,
	confirmed_phone_hash BINARY(32) NULL,
	confirmed_phone_hash_next BINARY(32) NULL,
	security_stamp BINARY(16) NOT NULL,
	concurrency_stamp BINARY(16) NOT NULL,
	entity_version INT NOT NULL DEFAULT 0,
	n_moves INT NOT NULL DEFAULT 0,
	is_active TINYINT NOT NULL DEFAULT 1,
	is_deleted TINYINT NOT NULL DEFAULT 0,
	is_risk TINYINT NOT NULL DEFAULT 0,
	is_lockout_enabled TINYINT NOT NULL DEFAULT 1,
	lockout_end DATETIME(6) NULL,
	access_failed_count INT NOT NULL DEFAULT 0,
	trial_from DATETIME(6) NULL,
	trial_to DATETIME(6) NULL,
	created_at DATETIME(6) NOT NULL,
	modified_at DATETIME(6) NULL,
	deleted_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY account_in_tenant (id, tenant_id),
	CONSTRAINT account_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id),
	CONSTRAINT account_flags CHECK (is_active IN (0, 1) AND is_deleted IN (0, 1)
		AND is_risk IN (0, 1) AND is_lockout_enabled IN (0, 1)),
	CONSTRAINT account_counts CHECK (entity_version >= 0 AND access_failed_count >= 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- The id of an account that was merged into another one. The row of the merged account stays, but nothing refers to it.
-- Personal data: by account.
-- Exported: alias, created_at.
-- Technical: tenant_id, account_id.
CREATE TABLE IF NOT EXISTS account_alias (
	alias BINARY(16) NOT NULL,
	tenant_id INT NOT NULL,
	account_id BINARY(16) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (alias),
	CONSTRAINT account_alias_alias FOREIGN KEY (alias, tenant_id) REFERENCES account (id, tenant_id),
	CONSTRAINT account_alias_account FOREIGN KEY (account_id, tenant_id)
		REFERENCES account (id, tenant_id),
	CONSTRAINT account_alias_other CHECK (alias <> account_id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

-- The account that a unionid belongs to. An account has at most one in each Open Platform account.
-- Personal data: by account, erased apart.
-- Exported: unionid, created_at.
-- Technical: open_platform_id, tenant_id, account_id.
CREATE TABLE IF NOT EXISTS account_unionid (
	open_platform_id INT NOT NULL,
	unionid VARCHAR(64) NOT NULL,
	tenant_id INT NOT NULL,
	account_id BINARY(16) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (open_platform_id, unionid),
	UNIQUE KEY account_unionid_one (account_id, open_platform_id),
	CONSTRAINT account_unionid_platform FOREIGN KEY (open_platform_id, tenant_id)
		REFERENCES open_platform (id, tenant_id),
	CONSTRAINT account_unionid_account FOREIGN KEY (account_id, tenant_id)
		REFERENCES account (id, tenant_id),
	CONSTRAINT account_unionid_form CHECK (unionid NOT RLIKE '^$|[^A-Za-z0-9_-]')
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

-- app_id and account_id are NULL until the first login of a user that a tenant's server has stored. user_set has the parts of the
-- profile that the user has set (1 name, 2 avatar, 4 phone, 8 gender, 16 language, 32 place); WeChat fills the others. name_at is
-- the time when the name last changed, and so on.
-- Personal data: by wechat_user, erased apart.
-- Exported: id, app_id, openid, unionid, session_at, name, name_at, avatar, avatar_at, phone, phone_at, gender, gender_at.
-- Exported: language, country, province, city, place_at, subscribe_at, user_set, is_following, followed_at, unfollowed_at.
-- Exported: created_at.
-- Secret: session_key, phone_hash.
-- Technical: tenant_id, row_uuid, account_id.
CREATE TABLE IF NOT EXISTS wechat_user (
	id INT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	row_uuid BINARY(16) NOT NULL,
	app_id INT NULL,
	account_id BINARY(16) NULL,
	openid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_nopad_bin NOT NULL,
	unionid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_nopad_bin NULL,
	session_key VARBINARY(288) NULL,
	session_at DATETIME(6) NULL,
	name VARCHAR(64) NOT NULL DEFAULT '',
	name_at DATETIME(6) NULL,
	avatar VARCHAR(512) NOT NULL DEFAULT '',
	avatar_at DATETIME(6) NULL,
	phone VARBINARY(160) NULL,
	phone_hash BINARY(32) NULL,
	phone_at DATETIME(6) NULL,
	gender TINYINT NOT NULL DEFAULT 0,
	gender_at DATETIME(6) NULL,
	language VARCHAR(64) NOT NULL DEFAULT '',
	country VARCHAR(64) NOT NULL DEFAULT '',
	province VARCHAR(64) NOT NULL DEFAULT '',
	city VARCHAR(64) NOT NULL DEFAULT '',
	place_at DATETIME(6) NULL,
	subscribe_at DATETIME(6) NULL,
	user_set INT NOT NULL DEFAULT 0,
	is_following TINYINT NOT NULL DEFAULT 0,
	followed_at DATETIME(6) NULL,
	unfollowed_at DATETIME(6) NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY wechat_user_openid (tenant_id, openid),
	KEY wechat_user_of_account (account_id, tenant_id),
	KEY wechat_user_of_unionid (tenant_id, unionid),
	KEY wechat_user_of_phone (tenant_id, phone_hash),
	CONSTRAINT wechat_user_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id),
	CONSTRAINT wechat_user_app FOREIGN KEY (app_id, tenant_id) REFERENCES app (id, tenant_id),
	CONSTRAINT wechat_user_account FOREIGN KEY (account_id, tenant_id)
		REFERENCES account (id, tenant_id),
	CONSTRAINT wechat_user_openid_form CHECK (openid NOT RLIKE '^$|[^A-Za-z0-9_-]'),
	CONSTRAINT wechat_user_unionid_form CHECK (unionid IS NULL OR unionid NOT RLIKE '^$|[^A-Za-z0-9_-]'),
	CONSTRAINT wechat_user_gender CHECK (gender IN (0, 1, 2)),
	CONSTRAINT wechat_user_following CHECK (is_following IN (0, 1))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- A tenant's customer. A void card has no phone_hash, so that another card can have its phone. card_state: 0 valid, 1 lost, 2 void,
-- 3 not usable.
-- Personal data: by member, erased apart.
-- Exported: id, name, phone, sex, birthday, id_card, address, card_state, created_at, modified_at.
-- Secret: phone_hash, phone_hash_next, id_card_hash.
-- Technical: tenant_id, row_uuid.
CREATE TABLE IF NOT EXISTS member (
	id INT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	row_uuid BINARY(16) NOT NULL,
	name VARCHAR(64) NOT NULL DEFAULT '',
	phone VARBINARY(160) NOT NULL,
	phone_hash BINARY(32) NULL,
	phone_hash_next BINARY(32) NULL,
	sex TINYINT NOT NULL DEFAULT 0,
	birthday VARBINARY(64) NULL,
	id_card VARBINARY(128) NULL,
	id_card_hash BINARY(32) NULL,
	address VARBINARY(1056) NULL,
	card_state TINYINT NOT NULL DEFAULT 0,
	created_at DATETIME(6) NOT NULL,
	modified_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY member_phone (tenant_id, phone_hash),
	UNIQUE KEY member_phone_next (tenant_id, phone_hash_next),
	UNIQUE KEY member_in_tenant (id, tenant_id),
	CONSTRAINT member_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id),
	CONSTRAINT member_sex CHECK (sex BETWEEN 0 AND 9),
	CONSTRAINT member_card CHECK (card_state BETWEEN 0 AND 3 AND (card_state <> 2 OR phone_hash IS NULL))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- state: 0 pending, 1 success, 2 refused. code_hash is the keyed hash of appid and code; address_hash is keyed, too.
-- Personal data: by wechat_user, erased apart.
-- Exported: state, error, created_at.
-- Secret: code_hash, address_hash.
-- Technical: id, tenant_id, wechat_user_id.
CREATE TABLE IF NOT EXISTS login_claim (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	code_hash BINARY(32) NOT NULL,
	address_hash BINARY(32) NULL,
	state TINYINT NOT NULL DEFAULT 0,
	wechat_user_id INT NULL,
	error VARCHAR(32) NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY login_claim_code (code_hash),
	KEY login_claim_age (created_at),
	CONSTRAINT login_claim_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id),
	CONSTRAINT login_claim_state CHECK (state = 0 OR (state = 1 AND wechat_user_id IS NOT NULL)
		OR (state = 2 AND error IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

-- A unionid that could not join two accounts. reason: 1 the account has another one there, 2 both accounts hold an openid of one
-- app, 3 both are bound to different members. The unionid belongs to other_account_id.
-- Personal data: by wechat_user, erased apart.
-- Exported: unionid, reason, created_at, settled_at.
-- Of others: other_account_id.
-- Technical: id, tenant_id, open_platform_id, wechat_user_id, account_id.
CREATE TABLE IF NOT EXISTS account_conflict (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	open_platform_id INT NOT NULL,
	unionid VARCHAR(64) NOT NULL,
	wechat_user_id INT NOT NULL,
	account_id BINARY(16) NOT NULL,
	other_account_id BINARY(16) NULL,
	reason TINYINT NOT NULL,
	created_at DATETIME(6) NOT NULL,
	settled_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY account_conflict_once (wechat_user_id, open_platform_id, unionid, reason),
	CONSTRAINT account_conflict_platform FOREIGN KEY (open_platform_id, tenant_id)
		REFERENCES open_platform (id, tenant_id),
	CONSTRAINT account_conflict_user FOREIGN KEY (wechat_user_id) REFERENCES wechat_user (id),
	CONSTRAINT account_conflict_reason CHECK (reason BETWEEN 1 AND 3)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

-- A merge, with what its undo needs: the users, unionids and aliases that moved, and the former flags of the survivor.
-- Personal data: by account, erased apart.
-- Of others: survivor_id, merged_id, moved, created_at, undone_at.
-- Technical: id, tenant_id.
CREATE TABLE IF NOT EXISTS merge_log (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	survivor_id BINARY(16) NOT NULL,
	merged_id BINARY(16) NOT NULL,
	moved LONGTEXT NOT NULL,
	created_at DATETIME(6) NOT NULL,
	undone_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	CONSTRAINT merge_log_survivor FOREIGN KEY (survivor_id, tenant_id) REFERENCES account (id, tenant_id),
	CONSTRAINT merge_log_merged FOREIGN KEY (merged_id, tenant_id) REFERENCES account (id, tenant_id),
	CONSTRAINT merge_log_moved CHECK (JSON_VALID(moved))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- Personal data: the tenant's own.
CREATE TABLE IF NOT EXISTS audit (
	id BIGINT NOT NULL AUTO_INCREMENT,
	entry_uuid BINARY(16) NOT NULL,
	tenant_id INT NOT NULL,
	at DATETIME(6) NOT NULL,
	action VARCHAR(64) NOT NULL,
	actor VARCHAR(64) NOT NULL,
	subject VARCHAR(128) NOT NULL,
	details LONGTEXT NOT NULL,
	mac BINARY(32) NOT NULL,
	PRIMARY KEY (id),
	KEY audit_of_tenant (tenant_id, id),
	CONSTRAINT audit_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id),
	CONSTRAINT audit_details CHECK (JSON_VALID(details))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- The process that does a job, and until when no other process may.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS job_lease (
	name VARCHAR(64) NOT NULL,
	holder VARCHAR(128) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

INSERT INTO job_lease (name, holder, expires_at)
	SELECT 'login_claim', '', UTC_TIMESTAMP(6) FROM DUAL
	WHERE NOT EXISTS (SELECT 1 FROM job_lease WHERE name = 'login_claim');
