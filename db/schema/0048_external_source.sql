-- source: the system that the id is of, as the import has named it; '' if it has named none. An id of a source names one account of
-- the tenant.
-- Exported: source.
ALTER TABLE external_id
	ADD COLUMN IF NOT EXISTS source VARCHAR(32) NOT NULL DEFAULT '',
	ADD UNIQUE KEY IF NOT EXISTS external_id_of_source (tenant_id, external_id, source),
	DROP KEY IF EXISTS external_id_of_tenant;
