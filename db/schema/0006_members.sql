-- A void card gives its phone free, but is still found by it. _next while the look-up key changes.
ALTER TABLE member
	ADD COLUMN IF NOT EXISTS void_phone_hash BINARY(32) NULL,
	ADD COLUMN IF NOT EXISTS void_phone_hash_next BINARY(32) NULL,
	ADD KEY IF NOT EXISTS member_void_phone (tenant_id, void_phone_hash);
