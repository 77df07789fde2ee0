-- An import of users asks for the tombstones of their unionids and phones, too (db/user_import_erased.h).
ALTER TABLE tombstone
	ADD KEY IF NOT EXISTS tombstone_of_unionid (unionid_hash, erased_at),
	ADD KEY IF NOT EXISTS tombstone_of_phone (phone_hash, erased_at);
