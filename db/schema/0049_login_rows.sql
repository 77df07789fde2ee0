-- Each login wrote a row whose foreign key the server looked up, and an index for that key alone. The rows are kept for minutes or
-- days and have the ids that the request has just read; "app remove" deletes those of an app.
ALTER TABLE login_claim
	DROP FOREIGN KEY IF EXISTS login_claim_tenant,
	DROP KEY IF EXISTS login_claim_tenant;
ALTER TABLE active_day
	DROP FOREIGN KEY IF EXISTS active_day_app,
	DROP KEY IF EXISTS active_day_app;
ALTER TABLE login_refusal
	DROP FOREIGN KEY IF EXISTS login_refusal_app,
	DROP FOREIGN KEY IF EXISTS login_refusal_tenant,
	DROP KEY IF EXISTS login_refusal_app;
