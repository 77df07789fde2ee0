-- The state of jobs, and maintenance of all hosts.

-- A job is not done before due_at, unless an operator starts it; NULL: at once. ended_at and n_rows are of the last run that
-- succeeded, failed_at of a later one that failed.
ALTER TABLE job_lease
	ADD COLUMN IF NOT EXISTS due_at DATETIME(6) NULL,
	ADD COLUMN IF NOT EXISTS ended_at DATETIME(6) NULL,
	ADD COLUMN IF NOT EXISTS n_rows BIGINT NOT NULL DEFAULT 0,
	ADD COLUMN IF NOT EXISTS failed_at DATETIME(6) NULL;

INSERT INTO job_lease (name, holder, expires_at)
	SELECT 'wechat_token', '', UTC_TIMESTAMP(6) FROM DUAL
	WHERE NOT EXISTS (SELECT 1 FROM job_lease WHERE name = 'wechat_token');

-- The job finds old tokens by this index.
ALTER TABLE wechat_token ADD KEY IF NOT EXISTS wechat_token_age (expires_at);

-- One row. changed_by: the user and host of the last change.
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
