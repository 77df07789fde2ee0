-- What jobs tell of themselves, and maintenance of all hosts.

-- due_at: not before then, but for an operator who says so; NULL: at once. ended_at, n_rows: of the last run that went well;
-- failed_at: of one since then that did not.
ALTER TABLE job_lease
	ADD COLUMN IF NOT EXISTS due_at DATETIME(6) NULL,
	ADD COLUMN IF NOT EXISTS ended_at DATETIME(6) NULL,
	ADD COLUMN IF NOT EXISTS n_rows BIGINT NOT NULL DEFAULT 0,
	ADD COLUMN IF NOT EXISTS failed_at DATETIME(6) NULL;

INSERT INTO job_lease (name, holder, expires_at)
	SELECT 'wechat_token', '', UTC_TIMESTAMP(6) FROM DUAL
	WHERE NOT EXISTS (SELECT 1 FROM job_lease WHERE name = 'wechat_token');

-- What its job looks for.
ALTER TABLE wechat_token ADD KEY IF NOT EXISTS wechat_token_age (expires_at);

-- One row. changed_by: the user and host of who said so last.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS maintenance (
	id TINYINT NOT NULL,
	is_on TINYINT NOT NULL,
	changed_at DATETIME(6) NULL,
	changed_by VARCHAR(128) NULL,
	PRIMARY KEY (id),
	CONSTRAINT maintenance_one CHECK (id = 1),
	CONSTRAINT maintenance_flag CHECK (is_on IN (0, 1))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

INSERT INTO maintenance (id, is_on) SELECT 1, 0 FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM maintenance WHERE id = 1);
