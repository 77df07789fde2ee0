-- Every UPDATE of a user raises version by one, so that what was read without a lock can be checked in the WHERE of the UPDATE that
-- follows from it. The release before does not raise it. Therefore such an UPDATE writes only the columns whose values it changes,
-- and takes account_id from the row: whatever that release writes at the same moment stays, or counts as written just before.
-- Technical: version.
ALTER TABLE wechat_user ADD COLUMN IF NOT EXISTS version INT UNSIGNED NOT NULL DEFAULT 0;
