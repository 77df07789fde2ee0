-- Statistics of each day, which is one of UTC+8: db/statistics.h.

-- That a person was active on a day: db/active_day.h. account_id: whose the user was then.
-- Personal data: by wechat_user.
-- Exported: app_id, day.
-- Technical: tenant_id, wechat_user_id, account_id, is_new.
CREATE TABLE IF NOT EXISTS active_day (
	day DATE NOT NULL,
	tenant_id INT NOT NULL,
	app_id INT NOT NULL,
	wechat_user_id INT NOT NULL,
	account_id BINARY(16) NOT NULL,
	is_new TINYINT NOT NULL,
	PRIMARY KEY (day, tenant_id, app_id, wechat_user_id),
	KEY active_day_of_user (wechat_user_id),
	CONSTRAINT active_day_app FOREIGN KEY (app_id, tenant_id) REFERENCES app (id, tenant_id) ON DELETE CASCADE,
	CONSTRAINT active_day_flag CHECK (is_new IN (0, 1))
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

-- The last day on which the user was active.
-- Exported: active_on.
ALTER TABLE wechat_user ADD COLUMN IF NOT EXISTS active_on DATE NULL;

-- What was counted. tenant_id 0: of no tenant, as a login to an app that does not exist. app_id 0: of no app; of active_users all apps
-- of the tenant together. error: of refused alone.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS statistics (
	tenant_id INT NOT NULL,
	day DATE NOT NULL,
	app_id INT NOT NULL,
	name VARCHAR(16) NOT NULL,
	error VARCHAR(32) NOT NULL,
	n BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, day, app_id, name, error),
	KEY statistics_age (day)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;

-- What processes have counted since, which a job adds to statistics. Rows are only inserted, so that no two processes or hosts wait
-- for each other.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS statistics_part (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	day DATE NOT NULL,
	app_id INT NOT NULL,
	name VARCHAR(16) NOT NULL,
	error VARCHAR(32) NOT NULL,
	n BIGINT NOT NULL,
	PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;
