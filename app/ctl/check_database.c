#include "arena.h"
#include "check.h"
#include "conf.h"
#include "ctl.h"
#include "db.h"
#include "migrate.h"
#include "session.h"
#include "statements.h"
#include "str.h"

static const char *password_file(const struct conf *conf, enum db_user user)
{
	return user == DB_USER_CONTROL ? conf->database_control_password_file
				       : conf->database_password_file;
}

/* Returns what to do after a connection was refused. */
static const char *what_to_do(struct check *check, const struct db *db, enum db_user user)
{
	const char *file = password_file(check->conf, user);
	const char *remedy = db_err_remedy(db);

	if (remedy == NULL)
		return "see [database]";
	if (!db_err_is_of_password(db) || str_is_empty(file))
		return remedy;
	return arena_printf(check->ctl->arena,
		"%s. To give it the password of %s, with the host that is there, run as an "
		"administrator of the database: printf \"ALTER USER '%s'@'localhost' IDENTIFIED "
		"BY '%%s';\\n\" \"$(cat %s)\" | mariadb",
		remedy, file, db_user_name(check->conf, user), file);
}

static bool check_connection(struct check *check, struct db *db, enum db_user user)
{
	const struct conf *conf = check->conf;
	const char *host = conf->database_host;

	if (str_is_empty(host))
		host = conf->database_socket;
	db_share_nodes(db, check->nodes, NULL);
	if (db_ping(db) == ERR_NONE) {
		if (user == DB_USER_SERVICE)
			check_report(check, CHECK_OK, "database: %s at %s", conf->database_name,
				check->n_nodes == 1 ? host : db_host(db));
		return true;
	}
	check_report(check, CHECK_FAIL, "database: %s cannot connect to %s at %s: %s; %s",
		db_user_name(conf, user), conf->database_name, host, db_err_text(db),
		what_to_do(check, db, user));
	return false;
}

static bool check_connections(struct check *check)
{
	struct ctl *ctl = check->ctl;

	check->service = ctl->db = ctl_new_db(ctl, DB_USER_SERVICE);
	if (!check_connection(check, check->service, DB_USER_SERVICE))
		return false;
	if (check->lacks_control ||
		db_user_same(check->conf, DB_USER_CONTROL) == DB_USER_SERVICE)
		return true;
	ctl->db = ctl_new_db(ctl, DB_USER_CONTROL);
	return check_connection(check, ctl->db, DB_USER_CONTROL);
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

static bool check_statements_of(struct check *check, struct db *db, enum db_user user)
{
	enum err err = statements_check(db, user);

	if (err != ERR_NONE)
		check_report(check, CHECK_FAIL,
			"statements: %s is refused one: %s; where a right is missing, run as an "
			"administrator of the database: wxuserctl migrate --grants | mariadb",
			db_user_name(check->conf, user), db_err_text(db));
	return err == ERR_NONE;
}

static bool check_statements(struct check *check)
{
	const bool is_ok = check->service == check->ctl->db ||
		check_statements_of(check, check->service, DB_USER_SERVICE);

	return check_statements_of(check, check->ctl->db, DB_USER_CONTROL) && is_ok;
}

/* What the service's user sees is no reason to say that something is missing. */
static bool check_for_service(struct check *check)
{
	check_only_node(check);
	check_statements_of(check, check->service, DB_USER_SERVICE);
	return false;
}

bool check_database(struct check *check)
{
	if (!check_connections(check))
		return false;
	check_session(check);
	if (!check_schema(check))
		return false;
	if (check->lacks_control)
		return check_for_service(check);
	check_tables(check);
	check_rights(check);
	return check_statements(check);
}
