-- When the account was last disabled; NULL: it is not, or was before there was this column.
-- Exported: disabled_at.
ALTER TABLE account ADD COLUMN IF NOT EXISTS disabled_at DATETIME(6) NULL;
