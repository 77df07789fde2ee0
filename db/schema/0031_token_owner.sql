-- A token names the account, app and openid of its user, so that a look-up of it need not read the user: db/token.h. Of a token that
-- does not count any more, account_id may be a former one. The release before does not set them: its new tokens do not count.
-- Technical: account_id, app_id, openid.
ALTER TABLE access_token
	ADD COLUMN IF NOT EXISTS account_id BINARY(16) NULL,
	ADD COLUMN IF NOT EXISTS app_id INT NULL,
	ADD COLUMN IF NOT EXISTS openid VARCHAR(64) NULL;
UPDATE access_token t JOIN wechat_user u ON u.id = t.wechat_user_id
	SET t.account_id = u.account_id, t.app_id = u.app_id, t.openid = u.openid
	WHERE t.account_id IS NULL;
