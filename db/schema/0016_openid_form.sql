-- The same values as before, by a pattern that is tried in one place of the text instead of in each.
ALTER TABLE wechat_user
	DROP CONSTRAINT IF EXISTS wechat_user_openid_form,
	DROP CONSTRAINT IF EXISTS wechat_user_unionid_form,
	ADD CONSTRAINT wechat_user_openid_form CHECK (openid RLIKE '\\A[A-Za-z0-9_-]+\\z'),
	ADD CONSTRAINT wechat_user_unionid_form CHECK (unionid RLIKE '\\A[A-Za-z0-9_-]+\\z');
ALTER TABLE account_unionid
	DROP CONSTRAINT IF EXISTS account_unionid_form,
	ADD CONSTRAINT account_unionid_form CHECK (unionid RLIKE '\\A[A-Za-z0-9_-]+\\z');
