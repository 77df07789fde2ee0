-- A repetition of a login says, as the login did, whether it has made the account.
-- Exported: is_new_account.
ALTER TABLE login_claim
	ADD COLUMN IF NOT EXISTS is_new_account TINYINT NOT NULL DEFAULT 0;
