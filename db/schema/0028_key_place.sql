-- The place of a key among those of its kind, in the order in which they were added; NULL: before this column. A host adds a key after
-- those that it knows, so that of two hosts that add one at the same moment one fails, whatever numbers their keys have.
ALTER TABLE key_check
	ADD COLUMN IF NOT EXISTS place INT NULL,
	ADD UNIQUE KEY IF NOT EXISTS key_check_place (kind, place);
