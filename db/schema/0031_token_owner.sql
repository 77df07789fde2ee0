-- A token names the account, app and openid of its user, so that a look-up of it need not read the user: db/token.h. Of a token that
-- does not count any more, account_id may be a former one. NULL: it was written before these columns, or by the release
-- before; its next look-up sets them.
-- Technical: account_id, app_id, openid.
ALTER TABLE access_token
	ADD COLUMN IF NOT EXISTS account_id BINARY(16) NULL,
	ADD COLUMN IF NOT EXISTS app_id INT NULL,
	ADD COLUMN IF NOT EXISTS openid VARCHAR(64) NULL;
