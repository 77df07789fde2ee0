-- The data that a message of WeChat's withdraws: decimal numbers separated by commas. Several messages of a user in one second may
-- differ in nothing else.
-- Exported: revoke_info.
ALTER TABLE push_event
	ADD COLUMN IF NOT EXISTS revoke_info VARCHAR(256) NOT NULL DEFAULT '',
	ADD UNIQUE KEY IF NOT EXISTS push_event_each (app_id, openid, happened_at, event, revoke_info),
	DROP KEY IF EXISTS push_event_once;

-- The last follow event of an openid that has not logged in yet.
-- Personal data: by openid.
-- Exported: app_id, openid, is_following, happened_at, received_at.
-- Technical: tenant_id.
CREATE TABLE IF NOT EXISTS waiting_follow (
	app_id INT NOT NULL,
	openid VARCHAR(64) NOT NULL,
	tenant_id INT NOT NULL,
	is_following TINYINT NOT NULL,
	happened_at DATETIME(6) NOT NULL,
	received_at DATETIME(6) NOT NULL,
	PRIMARY KEY (app_id, openid),
	KEY waiting_follow_age (is_following, received_at),
	CONSTRAINT waiting_follow_app FOREIGN KEY (app_id, tenant_id) REFERENCES app (id, tenant_id),
	CONSTRAINT waiting_follow_flag CHECK (is_following IN (0, 1))
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

-- From the follow events that the release before has stored.
INSERT IGNORE INTO waiting_follow (app_id, openid, tenant_id, is_following, happened_at, received_at)
	SELECT e.app_id, e.openid, e.tenant_id, MAX(e.event = 'subscribe'), e.happened_at, MAX(e.received_at)
	FROM push_event e
	WHERE e.event IN ('subscribe', 'unsubscribe')
	AND NOT EXISTS (SELECT 1 FROM wechat_user u WHERE u.tenant_id = e.tenant_id AND u.openid = e.openid)
	AND NOT EXISTS (SELECT 1 FROM push_event l WHERE l.app_id = e.app_id AND l.openid = e.openid
		AND l.event IN ('subscribe', 'unsubscribe') AND l.happened_at > e.happened_at)
	GROUP BY e.app_id, e.openid, e.tenant_id, e.happened_at;
