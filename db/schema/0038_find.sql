-- By these an operator finds a person by name, and lists a tenant's users in the order of their ids.
ALTER TABLE wechat_user
	ADD KEY IF NOT EXISTS wechat_user_of_name (tenant_id, name),
	ADD KEY IF NOT EXISTS wechat_user_of_tenant (tenant_id, id);
ALTER TABLE resident ADD KEY IF NOT EXISTS resident_of_name (tenant_id, name);
ALTER TABLE member ADD KEY IF NOT EXISTS member_of_name (tenant_id, name);
