-- expires_at: from when on the key is refused. used_on: the last day, of UTC+8, on which it was used. successor_id: the key that
-- took its place by a rotation.
ALTER TABLE api_key
	ADD COLUMN IF NOT EXISTS expires_at DATETIME(6) NULL,
	ADD COLUMN IF NOT EXISTS used_on DATE NULL,
	ADD COLUMN IF NOT EXISTS successor_id INT NULL,
	ADD CONSTRAINT api_key_successor FOREIGN KEY IF NOT EXISTS (successor_id) REFERENCES api_key (id);
