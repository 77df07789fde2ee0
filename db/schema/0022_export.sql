-- When the person has last asked for the export, which is possible once an hour.
-- Exported: exported_at.
ALTER TABLE account ADD COLUMN IF NOT EXISTS exported_at DATETIME(6) NULL;
