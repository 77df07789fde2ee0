-- kind: 0 a login code, 1 a code of the phone button. The latter has its user from the start.
-- Exported: kind.
ALTER TABLE login_claim ADD COLUMN IF NOT EXISTS kind TINYINT NOT NULL DEFAULT 0;
