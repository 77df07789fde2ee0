-- The security stamp of an account that may log in whatever the time is, and has no former ids; NULL: of any other. A token of this
-- stamp counts as far as its account is concerned, which a look-up learns from one column. What the column depends on is written by
-- the release before, too, so the server computes it.
-- Secret: plain_stamp.
ALTER TABLE account
	ADD COLUMN IF NOT EXISTS plain_stamp BINARY(16) AS
		(IF(is_active AND NOT is_deleted AND lockout_end IS NULL AND n_moves = 0, security_stamp, NULL)) VIRTUAL;
