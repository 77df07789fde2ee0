-- The entries of a tenant with an action, of a subject, or of somebody, by their ids.
ALTER TABLE audit
	ADD KEY IF NOT EXISTS audit_action (tenant_id, action, id),
	ADD KEY IF NOT EXISTS audit_subject (tenant_id, subject, id),
	ADD KEY IF NOT EXISTS audit_who (tenant_id, who, id);

-- Retention counts a tenant's.
ALTER TABLE consent ADD KEY IF NOT EXISTS consent_tenant (tenant_id, id);
