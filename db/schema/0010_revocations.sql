-- What a message of WeChat's that waits for the operator names: decimal numbers with commas between. One second may bring
-- several messages of a user that differ in nothing else.
ALTER TABLE push_event
	ADD COLUMN IF NOT EXISTS revoke_info VARCHAR(256) NOT NULL DEFAULT '',
	ADD UNIQUE KEY IF NOT EXISTS push_event_each (app_id, openid, happened_at, event, revoke_info),
	DROP KEY IF EXISTS push_event_once;
