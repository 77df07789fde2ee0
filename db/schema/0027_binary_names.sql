-- WeChat's identifiers are compared byte by byte, and a column of bytes does so without a collation of MariaDB's own.
ALTER TABLE wechat_user
	MODIFY openid VARBINARY(64) NOT NULL,
	MODIFY unionid VARBINARY(64) NULL;
ALTER TABLE account_unionid MODIFY unionid VARBINARY(64) NOT NULL;
ALTER TABLE account_conflict MODIFY unionid VARBINARY(64) NOT NULL;
ALTER TABLE push_event MODIFY openid VARBINARY(64) NOT NULL;
ALTER TABLE waiting_follow MODIFY openid VARBINARY(64) NOT NULL;
