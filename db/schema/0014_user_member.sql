-- The member to which a user is bound. is_only_user is 1 if the tenant allows a member one user, and NULL if it allows more.
-- Exported: member_id.
-- Technical: is_only_user.
ALTER TABLE wechat_user
	ADD COLUMN IF NOT EXISTS member_id INT NULL,
	ADD COLUMN IF NOT EXISTS is_only_user TINYINT NULL,
	ADD UNIQUE KEY IF NOT EXISTS wechat_user_of_member (member_id, tenant_id, is_only_user),
	ADD CONSTRAINT wechat_user_member FOREIGN KEY IF NOT EXISTS (member_id, tenant_id) REFERENCES member (id, tenant_id);

-- In databases made before 0.1.0 the bindings had a table of their own.
SET @move = IF((SELECT COUNT(*) FROM information_schema.tables
	WHERE table_schema = DATABASE() AND table_name = 'member_binding') = 0, 'DO 0',
	'UPDATE wechat_user u JOIN member_binding b ON b.wechat_user_id = u.id SET u.version = u.version + 1,
	u.member_id = b.member_id, u.is_only_user = IF(b.slot = 0, 1, NULL)');
EXECUTE IMMEDIATE @move;
DROP TABLE IF EXISTS member_binding;
