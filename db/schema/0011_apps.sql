-- is_default: 1 for the app of calls that name none; NULL: not this one.
ALTER TABLE app
	ADD COLUMN IF NOT EXISTS is_default TINYINT NULL,
	ADD UNIQUE KEY IF NOT EXISTS app_default (is_default);
