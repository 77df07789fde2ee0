-- The openids that WeChat users had before "users remap" (db/openid_remap.h), by which it is undone. changed_at: when the user got
-- another one.
-- Personal data: by wechat_user.
-- Exported: openid, changed_at.
-- Technical: tenant_id, wechat_user_id.
CREATE TABLE IF NOT EXISTS former_openid (
	tenant_id INT NOT NULL,
	wechat_user_id INT NOT NULL,
	openid VARCHAR(64) NOT NULL,
	changed_at DATETIME(6) NOT NULL,
	PRIMARY KEY (wechat_user_id, openid),
	CONSTRAINT former_openid_user FOREIGN KEY (wechat_user_id) REFERENCES wechat_user (id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;
