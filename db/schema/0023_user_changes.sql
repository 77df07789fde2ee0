-- The users of a tenant in the order in which they changed: db/user_changes.h.

-- When something last changed that /v1 shows of the user, or through it of its account. The release before sets it in new rows alone.
-- Technical: changed_at.
ALTER TABLE wechat_user
	ADD COLUMN IF NOT EXISTS changed_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
	ADD KEY IF NOT EXISTS wechat_user_change (tenant_id, changed_at);

-- Who was erased, by ids that are never used again: a user, its account if that went too, or an account that was merged into another
-- one, which is into_id then.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS gone_user (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	user_id INT NULL,
	gone_account_id BINARY(16) NULL,
	into_id BINARY(16) NULL,
	changed_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	KEY gone_user_change (tenant_id, changed_at),
	KEY gone_user_age (changed_at),
	CONSTRAINT gone_user_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;
