-- By these hashes a void card is still found by its phone, which another card can have. _next: with the next look-up key.
-- Secret: void_phone_hash, void_phone_hash_next.
ALTER TABLE member
	ADD COLUMN IF NOT EXISTS void_phone_hash BINARY(32) NULL,
	ADD COLUMN IF NOT EXISTS void_phone_hash_next BINARY(32) NULL,
	ADD KEY IF NOT EXISTS member_void_phone (tenant_id, void_phone_hash);
