-- The merges of a tenant, by their ids.
ALTER TABLE merge_log ADD KEY IF NOT EXISTS merge_log_tenant (tenant_id, id);
