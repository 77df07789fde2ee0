-- is_default: 1 for the app of calls that name none; NULL: not this one. moved_from_id: the Open Platform account that it was in
-- until moved_at; NULL: it has always been in this one.
ALTER TABLE app
	ADD COLUMN IF NOT EXISTS is_default TINYINT NULL,
	ADD COLUMN IF NOT EXISTS moved_from_id INT NULL,
	ADD COLUMN IF NOT EXISTS moved_at DATETIME(6) NULL,
	ADD UNIQUE KEY IF NOT EXISTS app_default (is_default);

-- In which Open Platform account unionid counts; NULL: in its app's, before it moved.
ALTER TABLE wechat_user ADD COLUMN IF NOT EXISTS unionid_platform_id INT NULL;
