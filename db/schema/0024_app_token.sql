-- asked_until: until when a request may ask WeChat for the next token while others wait for it; NULL: none asks. failed_at: when one
-- last asked in vain. token is NULL in a row that only says so.
ALTER TABLE wechat_token
	MODIFY COLUMN token VARBINARY(1056) NULL,
	ADD COLUMN IF NOT EXISTS asked_until DATETIME(6) NULL,
	ADD COLUMN IF NOT EXISTS failed_at DATETIME(6) NULL;

-- When it was last audited that a key got an app's token.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS wechat_token_reader (
	api_key_id INT NOT NULL,
	app_id INT NOT NULL,
	audited_at DATETIME(6) NOT NULL,
	PRIMARY KEY (api_key_id, app_id),
	CONSTRAINT wechat_token_reader_key FOREIGN KEY (api_key_id) REFERENCES api_key (id),
	CONSTRAINT wechat_token_reader_app FOREIGN KEY (app_id) REFERENCES app (id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;
