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
	db_set_arena(check->ctl->db, check->ctl->arena);
	if (db_ping(check->ctl->db) == ERR_NONE) {
		check_say(check, CHECK_OK, "database: %s at %s", conf->database_name, host);
		return true;
	}
	check_say(check, CHECK_FAIL,
		"database: %s cannot connect to %s at %s: %s; see [database]",
		conf->database_user, conf->database_name, host, db_err_text(check->ctl->db));
	return false;
}

static void check_session(struct check *check)
{
	const char *presets;

	if (session_presets(check->ctl->db, &presets) != ERR_NONE)
		check_say(check, CHECK_FAIL, "session: cannot be looked at (see above)");
	else if (presets != NULL)
		check_say(check, CHECK_WARN,
			"session: the server presets %s; wxuser sets its own, other programs may "
			"not", presets);
	else
		check_say(check, CHECK_OK, "session: the server presets nothing that matters");
}

static bool check_version(struct check *check)
{
	const char *stranger = NULL;
	int version = 0, wanted = 0;
	enum err err = migrate_find_stranger(check->ctl->db, &stranger);

	if (stranger != NULL) {
		check_say(check, CHECK_FAIL, "schema: %s", stranger);
		return false;
	}
	if (err == ERR_NONE)
		err = migrate_check(check->ctl->db, &version, &wanted);
	if (err == ERR_NONE)
		check_say(check, CHECK_OK, "schema: version %d", version);
	else if (err == ERR_PARAMETER && version > wanted)
		check_say(check, CHECK_FAIL,
			"schema: version %d, this program's is %d; install its release", version,
			wanted);
	else if (err == ERR_PARAMETER)
		check_say(check, CHECK_FAIL,
			"schema: version %d, wanted %d; say: wxuserctl migrate", version, wanted);
	else
		check_say(check, CHECK_FAIL, "schema: cannot be looked at (see above)");
	return err == ERR_NONE;
}

static void say_offence(void *ctx, const char *table, const char *offence)
{
	check_say(ctx, CHECK_FAIL, "table %s: %s", table, offence);
}

static void check_tables(struct check *check)
{
	const int n_failed = check->n_failed;

	if (migrate_check_tables(check->ctl->db, say_offence, check) != ERR_NONE)
		check_say(check, CHECK_FAIL, "tables: cannot be looked at (see above)");
	else if (check->n_failed == n_failed)
		check_say(check, CHECK_OK, "tables: InnoDB, in the schema's character sets");
}

static bool check_statements(struct check *check)
{
	enum err err = statements_check(check->ctl->db);

	if (err != ERR_NONE)
		check_say(check, CHECK_FAIL,
			"statements: one is refused: %s; where a right is missing, say in SQL: "
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
	check_cluster(check); /* may say why all else is refused */
	if (!check_version(check))
		return false;
	check_tables(check);
	return check_statements(check);
}
