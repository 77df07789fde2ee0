-- What a person may ask for: to close the account, and that nothing of it is left.

-- When the closed account is to be erased; NULL: it is open.
-- Exported: erases_at.
ALTER TABLE account
	ADD COLUMN IF NOT EXISTS erases_at DATETIME(6) NULL,
	ADD KEY IF NOT EXISTS account_due (erases_at);

-- 1 if the account of the user is closed, so that a look-up of a user need not read the account.
-- Technical: is_closed.
ALTER TABLE wechat_user ADD COLUMN IF NOT EXISTS is_closed TINYINT NOT NULL DEFAULT 0;

-- With binlog_row_image = MINIMAL the binary log has the primary keys of deleted rows. These keys are no unionids and openids.
ALTER TABLE account_unionid
	ADD UNIQUE KEY IF NOT EXISTS account_unionid_unionid (open_platform_id, unionid),
	DROP PRIMARY KEY,
	ADD PRIMARY KEY (account_id, open_platform_id),
	DROP KEY IF EXISTS account_unionid_one;
-- Technical: id.
ALTER TABLE waiting_follow
	ADD UNIQUE KEY IF NOT EXISTS waiting_follow_openid (app_id, openid),
	DROP PRIMARY KEY,
	ADD COLUMN IF NOT EXISTS id BIGINT NOT NULL AUTO_INCREMENT,
	ADD PRIMARY KEY (id);
