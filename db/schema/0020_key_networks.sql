-- Where a key may be sent from (CIDR, separated by commas), and for which apps (appids) it asks for WeChat's token; '': all. scopes
-- has 8, wechat, too.
ALTER TABLE api_key
	ADD COLUMN IF NOT EXISTS networks VARCHAR(255) NOT NULL DEFAULT '',
	ADD COLUMN IF NOT EXISTS apps VARCHAR(255) NOT NULL DEFAULT '',
	DROP CONSTRAINT IF EXISTS api_key_scopes,
	ADD CONSTRAINT IF NOT EXISTS api_key_scope_set CHECK (scopes BETWEEN 1 AND 15);
