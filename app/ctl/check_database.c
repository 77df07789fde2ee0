#include "check.h"
#include "conf.h"
#include "ctl.h"
#include "db.h"
#include "migrate.h"
#include "server.h"
#include "session.h"
#include "statements.h"
#include "str.h"

static bool check_connection(struct check *check)
{
	const struct conf *conf = check->conf;
	const char *host = conf->database_host;

	if (str_is_empty(host))
		host = conf->database_socket;
	check->ctl->db = db_new(conf, check->ctl->keys);
	db_share_nodes(check->ctl->db, check->nodes, NULL);
	db_set_arena(check->ctl->db, check->ctl->arena);
	if (db_ping(check->ctl->db) == ERR_NONE) {
		check_report(check, CHECK_OK, "database: %s at %s", conf->database_name,
			check->n_nodes == 1 ? host : db_host(check->ctl->db));
		return true;
	}
	check_report(check, CHECK_FAIL,
		"database: %s cannot connect to %s at %s: %s; see [database]", conf->database_user,
		conf->database_name, host, db_err_text(check->ctl->db));
	return false;
}

static void check_session(struct check *check)
{
	const char *presets;

	if (session_presets(check->ctl->db, &presets) != ERR_NONE)
		check_report(check, CHECK_FAIL, "session: cannot be read (see above)");
	else if (presets != NULL)
		check_report(check, CHECK_WARN,
			"session: the server presets %s; wxuser sets its own, other programs may "
			"not",
			presets);
	else
		check_report(check, CHECK_OK, "session: the server presets nothing that matters");
}

static bool check_schema(struct check *check)
{
	const char *stranger = NULL;
	int version = 0, wanted = 0;
	enum err err = migrate_find_stranger(check->ctl->db, &stranger);

	if (stranger != NULL) {
		check_report(check, CHECK_FAIL, "schema: %s", stranger);
		return false;
	}
	if (err == ERR_NONE)
		err = migrate_check(check->ctl->db, &version, &wanted);
	if (err == ERR_NONE)
		check_report(check, CHECK_OK, "schema: version %d", version);
	else if (err == ERR_PARAMETER && version > wanted)
		check_report(check, CHECK_FAIL,
			"schema: version %d, this program's is %d; install its release", version,
			wanted);
	else if (err == ERR_PARAMETER)
		check_report(check, CHECK_FAIL,
			"schema: version %d, wanted %d; run: wxuserctl migrate", version, wanted);
	else
		check_report(check, CHECK_FAIL, "schema: cannot be read (see above)");
	return err == ERR_NONE;
}

static void report_table(void *ctx, const char *table, const char *problem)
{
	check_report(ctx, CHECK_FAIL, "table %s: %s", table, problem);
}

static void check_tables(struct check *check)
{
	const int n_failed = check->n_failed;

	if (migrate_check_tables(check->ctl->db, report_table, check) != ERR_NONE)
		check_report(check, CHECK_FAIL, "tables: cannot be read (see above)");
	else if (check->n_failed == n_failed)
		check_report(check, CHECK_OK, "tables: InnoDB, in the schema's character sets");
}

static bool check_statements(struct check *check)
{
	enum err err = statements_check(check->ctl->db);

	if (err != ERR_NONE)
		check_report(check, CHECK_FAIL,
			"statements: one is refused: %s; where a right is missing, run in SQL: "
			"GRANT SELECT, INSERT, UPDATE, DELETE ON %s.* TO %s",
			db_err_text(check->ctl->db), check->conf->database_name,
			server_user(check->ctl->db));
	return err == ERR_NONE;
}

bool check_database(struct check *check)
{
	if (!check_connection(check))
		return false;
	check_session(check);
	if (!check_schema(check))
		return false;
	check_tables(check);
	return check_statements(check);
}
