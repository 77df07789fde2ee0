-- WeChat's message push.

-- The push keys are 43 characters of base64, as WeChat shows them. The previous one is valid while WeChat changes over.
ALTER TABLE app
	ADD COLUMN IF NOT EXISTS push_token VARBINARY(160) NULL,
	ADD COLUMN IF NOT EXISTS push_key VARBINARY(96) NULL,
	ADD COLUMN IF NOT EXISTS push_key_previous VARBINARY(96) NULL;

-- Events, each of them once. state: 0 done, 1 waits for the operator, since no signature covers it.
-- Personal data: by openid.
-- Exported: app_id, openid, event, happened_at, received_at, state.
-- Technical: id, tenant_id.
CREATE TABLE IF NOT EXISTS push_event (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	app_id INT NOT NULL,
	openid VARCHAR(64) NOT NULL,
	event VARCHAR(64) NOT NULL,
	happened_at DATETIME(6) NOT NULL,
	received_at DATETIME(6) NOT NULL,
	state TINYINT NOT NULL DEFAULT 0,
	PRIMARY KEY (id),
	UNIQUE KEY push_event_once (app_id, openid, happened_at, event),
	KEY push_event_age (received_at),
	CONSTRAINT push_event_app FOREIGN KEY (app_id, tenant_id) REFERENCES app (id, tenant_id),
	CONSTRAINT push_event_state CHECK (state IN (0, 1))
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

-- An erasure finds claims and conflicts by these indexes.
ALTER TABLE login_claim ADD KEY IF NOT EXISTS login_claim_user (wechat_user_id);
ALTER TABLE account_conflict
	ADD KEY IF NOT EXISTS account_conflict_account (account_id),
	ADD KEY IF NOT EXISTS account_conflict_other (other_account_id);

INSERT INTO job_lease (name, holder, expires_at)
	SELECT 'push_event', '', UTC_TIMESTAMP(6) FROM DUAL
	WHERE NOT EXISTS (SELECT 1 FROM job_lease WHERE name = 'push_event');
