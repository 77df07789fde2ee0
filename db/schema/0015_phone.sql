-- A confirmed phone has a source (1 WeChat's phone button, 2 SMS, 3 a tenant's server) and a date, from which it counts. It
-- is the account's that confirmed it last.
-- Exported: confirmed_phone_source, confirmed_phone_at.
ALTER TABLE account
	ADD COLUMN IF NOT EXISTS confirmed_phone_source TINYINT NULL,
	ADD COLUMN IF NOT EXISTS confirmed_phone_at DATETIME(6) NULL,
	ADD KEY IF NOT EXISTS account_of_confirmed_phone (tenant_id, confirmed_phone_hash);

-- Until now only residents confirmed phones, all by SMS.
UPDATE account a SET a.confirmed_phone_source = 2, a.confirmed_phone_at = COALESCE(
	(SELECT MAX(COALESCE(r.modified_at, r.created_at)) FROM wechat_user u JOIN resident r ON r.wechat_user_id = u.id
		WHERE u.account_id = a.id AND r.phone_hash = a.confirmed_phone_hash), a.created_at)
	WHERE a.confirmed_phone_hash IS NOT NULL AND a.confirmed_phone_at IS NULL;

-- A code belongs to its owner, who asked for it: an account, else an openid. owner_hash is keyed.
-- Secret: owner_hash.
ALTER TABLE verify_code
	ADD COLUMN IF NOT EXISTS owner_hash BINARY(32) NOT NULL DEFAULT '',
	ADD UNIQUE KEY IF NOT EXISTS verify_code_of_owner (tenant_id, purpose, phone_hash, owner_hash),
	DROP KEY IF EXISTS verify_code_live;

-- Requests a second that a key may send to each host; 0: any number.
ALTER TABLE api_key ADD COLUMN IF NOT EXISTS rate_per_s INT NOT NULL DEFAULT 1000;
