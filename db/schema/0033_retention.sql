-- How far the job has come that removes what a tenant's settings say is too old: db/retention.h. place: the id up to which it has
-- looked, of the ids up to last. n_most: how many rows the run may remove. ended_at: NULL while it goes on.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS retention (
	tenant_id INT NOT NULL,
	setting VARCHAR(64) NOT NULL,
	begun_at DATETIME(6) NOT NULL,
	ended_at DATETIME(6) NULL,
	place BIGINT NOT NULL,
	last BIGINT NOT NULL,
	n_most BIGINT NOT NULL,
	n_removed BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, setting),
	CONSTRAINT retention_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_nopad_bin;
