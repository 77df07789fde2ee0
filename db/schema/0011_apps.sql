-- is_default is 1 for the app of requests that name none, otherwise NULL. moved_from_id: the Open Platform account in which the app
-- was until moved_at; NULL: it has not moved.
ALTER TABLE app
	ADD COLUMN IF NOT EXISTS is_default TINYINT NULL,
	ADD COLUMN IF NOT EXISTS moved_from_id INT NULL,
	ADD COLUMN IF NOT EXISTS moved_at DATETIME(6) NULL,
	ADD UNIQUE KEY IF NOT EXISTS app_default (is_default);

-- The Open Platform account of unionid; NULL: that of the app before it moved.
-- Technical: unionid_platform_id.
ALTER TABLE wechat_user ADD COLUMN IF NOT EXISTS unionid_platform_id INT NULL;
