-- disabled_at: since when an operator refuses all requests of the tenant; NULL: it is enabled.
ALTER TABLE tenant
	ADD COLUMN IF NOT EXISTS disabled_at DATETIME(6) NULL,
	ADD KEY IF NOT EXISTS tenant_disabled (disabled_at, id);
