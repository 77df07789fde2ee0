-- The audit has a key of its own. key_number: of the key that has signed the entry; NULL: the look-up key, by the release before.
ALTER TABLE audit ADD COLUMN IF NOT EXISTS key_number INT NULL;

-- kind has 3, audit, too.
ALTER TABLE key_check
	DROP CONSTRAINT IF EXISTS key_check_kind,
	ADD CONSTRAINT IF NOT EXISTS key_check_kinds CHECK (kind BETWEEN 0 AND 3);
