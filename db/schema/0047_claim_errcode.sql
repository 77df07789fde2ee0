-- errcode: by which WeChat refused the code; NULL: by none.
-- Technical: errcode.
ALTER TABLE login_claim
	ADD COLUMN IF NOT EXISTS errcode INT NULL;
