#include "unit.h"

#include <string.h>

#include "arena.h"
#include "buf.h"
#include "conf.h"
#include "conn.h"
#include "db_user.h"
#include "grants.h"
#include "mariadb.h"
#include "session.h"
#include "statement_grants.h"
#include "statements.h"
#include "stmt.h"

static struct arena *arena;

/* ---- What a statement needs. */

/* "audit: SELECT, INSERT; api_key: UPDATE(rate_per_s)", in the order of the text. */
static const char *need_of(const char *text)
{
	static struct grants grants;
	struct buf out = {0};
	const char *need;

	grants.n = 0;
	if (!statement_grants_add(&grants, arena, text))
		return "not read";
	for (size_t i = 0; i < grants.n; i++) {
		const struct grant *grant = &grants.tables[i];

		buf_printf(&out, "%s%s: ", i == 0 ? "" : "; ", grant->table);
		grant_write_rights(&out, grant->rights);
		for (size_t j = 0; j < grant->n_columns; j++)
			buf_printf(&out, "%s%s", j == 0 ? " of " : ",", grant->columns[j]);
	}
	need = arena_strndup(arena, out.size == 0 ? "" : out.data, out.size);
	buf_release(&out);
	return need;
}

static void test_the_rights_are_read_from_the_text(void **state)
{
	static const char *const examples[][2] = {
		{"SELECT id FROM tenant", "tenant: SELECT"},
		{"SELECT 1", ""},
		{"SHOW GRANTS", ""},
		{"SELECT a.id FROM app a JOIN tenant t ON t.id = a.tenant_id LEFT JOIN setting "
		 "ON name = 'x' FOR UPDATE",
			"app: SELECT; tenant: SELECT; setting: SELECT"},
		{"SELECT (SELECT COUNT(*) FROM member) FROM (SELECT id FROM account UNION "
		 "SELECT alias FROM account_alias) both_kinds",
			"member: SELECT; account: SELECT; account_alias: SELECT"},
		{"SELECT COUNT(*) FROM information_schema.tables t", ""},
		{"INSERT INTO audit (at, mac) VALUES (?, ?)", "audit: INSERT"},
		{"INSERT IGNORE INTO audit SET at = ?", "audit: INSERT"},
		{"INSERT INTO account (id) VALUES (?) RETURNING created_at",
			"account: SELECT, INSERT"},
		{"INSERT INTO api_key (name) SELECT ? FROM tenant WHERE id = ?",
			"tenant: SELECT; api_key: INSERT"},
		{"INSERT INTO key_host (host, since) SELECT ?, ? FROM tenant "
		 "ON DUPLICATE KEY UPDATE since = IF(seen_at > ?, since, VALUES(since)), "
		 "seen_at = VALUES(seen_at)",
			"tenant: SELECT; key_host: SELECT, INSERT, UPDATE of since,seen_at"},
		{"UPDATE api_key SET rate_per_s = ?, networks = IF(?, (SELECT a FROM app), 'b, c') "
		 "WHERE id = ?",
			"api_key: SELECT, UPDATE of rate_per_s,networks; app: SELECT"},
		{"UPDATE IGNORE account a JOIN merge_log l ON l.id = ? SET a.email = l.id, "
		 "l.moved = '{}' WHERE a.id = ?",
			"account: SELECT, UPDATE of email; merge_log: SELECT, UPDATE of moved"},
		{"UPDATE merge_log l JOIN (SELECT id FROM account) m ON m.id = l.id SET "
		 "l.moved = '{}' WHERE l.tenant_id = ?",
			"merge_log: SELECT, UPDATE of moved; account: SELECT"},
		{"DELETE FROM consent WHERE id = ?", "consent: SELECT, DELETE"},
		{"DELETE l FROM merge_log l JOIN app a ON a.id = l.id WHERE l.id = ?",
			"merge_log: SELECT, DELETE; app: SELECT"},
		{"DELETE gone_user FROM (SELECT id FROM gone_user FORCE INDEX (age)) old "
		 "STRAIGHT_JOIN gone_user ON gone_user.id = old.id",
			"gone_user: SELECT, DELETE"},
		/* What no statement has, so far. */
		{"SELECT id FROM tenant, app", "not read"},
		{"SELECT id FROM tenant t, app", "not read"},
		{"SELECT user FROM mysql.global_priv", "not read"},
		{"WITH x AS (SELECT 1) SELECT 1 FROM x", "not read"},
		{"REPLACE INTO setting (name) VALUES (?)", "not read"},
		{"UPDATE account a JOIN merge_log l ON l.id = ? SET email = ?", "not read"},
		{"UPDATE account a SET b.email = ?", "not read"},
		{"DELETE x FROM merge_log l WHERE l.id = ?", "not read"},
		{"TRUNCATE audit", "not read"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(examples); i++)
		if (strcmp(need_of(examples[i][0]), examples[i][1]) != 0)
			fail_msg("%s: %s", examples[i][0], need_of(examples[i][0]));
}

static void check_is_read(void *ctx, const struct stmt *stmt)
{
	int *n = ctx;

	if (strcmp(need_of(stmt->text), "not read") == 0)
		fail_msg("db/statement_grants.c cannot read: %s", stmt->text);
	++*n;
}

static void test_every_statement_is_read(void **state)
{
	int n = 0;

	(void)state;
	statements_each(check_is_read, &n);
	assert_true(n > 300);
}

/* ---- What SHOW GRANTS says. */

static struct grantee *grantee_of(const char *const *lines, size_t n)
{
	struct grantee *grantee = arena_new_of(arena, struct grantee);

	*grantee = (struct grantee){.account = "`u`@`h`", .database = "wx_user"};
	for (size_t i = 0; i < n; i++)
		grants_add_line(grantee, arena, lines[i]);
	return grantee;
}

#define GRANTEE(...)                                                                            \
	grantee_of((const char *[]){__VA_ARGS__},                                               \
		sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *))

static void test_rights_are_read_from_show_grants(void **state)
{
	const struct grantee *of = GRANTEE(
		"GRANT USAGE ON *.* TO `u`@`h` IDENTIFIED BY PASSWORD '*AA ON `wx_user`.*'",
		"GRANT `a role` TO `u`@`h`",
		"GRANT SELECT, INSERT, UPDATE (`a`, `b c`) ON `wx_user`.`audit` TO `u`@`h`",
		"GRANT SELECT (a), UPDATE (c, d), DELETE ON wx_user.app TO u@h",
		"GRANT DELETE ON `wx_other`.`audit` TO `u`@`h`",
		"GRANT EXECUTE ON PROCEDURE `wx_user`.`audit` TO `u`@`h`",
		"GRANT PROXY ON ''@'%' TO 'u'@'h' WITH GRANT OPTION",
		"GRANT CREATE TEMPORARY TABLES, ALTER ON `wx\\_user`.* TO `u`@`h`");
	const struct grant *audit = grants_find(&of->has, "audit"),
			   *app = grants_find(&of->has, "app");

	(void)state;
	assert_int_equal(of->has.everywhere, 0);
	assert_int_equal(of->has.of_database, GRANT_ALTER);
	assert_false(of->has_of_others);
	assert_false(of->has.may_grant);
	assert_int_equal(of->has.n, 2);
	assert_int_equal(audit->rights, GRANT_SELECT | GRANT_INSERT);
	assert_int_equal(audit->n_columns, 2);
	assert_true(grant_has_column(audit, "b c"));
	assert_int_equal(app->rights, GRANT_DELETE);
	assert_int_equal(app->n_columns, 2);
	assert_true(grant_has_column(app, "d"));
}

static void test_rights_on_databases_are_by_pattern(void **state)
{
	static const struct {
		const char *line;
		bool is_ours, is_for_others;
	} examples[] = {
		{"GRANT ALL PRIVILEGES ON `wx_user`.* TO `u`@`h`", true, false},
		{"GRANT ALL PRIVILEGES ON `wx\\_user`.* TO `u`@`h`", true, false},
		{"GRANT ALL PRIVILEGES ON `wx\\_%`.* TO `u`@`h`", true, true},
		{"GRANT ALL PRIVILEGES ON `%`.* TO `u`@`h` WITH GRANT OPTION", true, true},
		{"GRANT ALL PRIVILEGES ON `wx\\_use`.* TO `u`@`h`", false, false},
		{"GRANT ALL PRIVILEGES ON `wx\\_other\\_%`.* TO `u`@`h`", false, false},
		{"GRANT ALL PRIVILEGES ON `wx%`.`audit` TO `u`@`h`", false, false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(examples); i++) {
		const struct grantee *of = GRANTEE(examples[i].line);

		assert_int_equal(of->has.of_database, examples[i].is_ours ? GRANT_ALL : 0);
		assert_int_equal(of->has_of_others, examples[i].is_for_others);
		assert_int_equal(of->has.may_grant, strstr(examples[i].line, "OPTION") != NULL);
	}
}

/* ---- The comparison. */

static const char *written(size_t (*write)(struct buf *out, const struct grantee *grantee),
	const struct grantee *grantee)
{
	struct buf out = {0};
	const char *text;

	write(&out, grantee);
	text = arena_strndup(arena, out.size == 0 ? "" : out.data, out.size);
	buf_release(&out);
	return text;
}

static void test_what_is_missing_is_granted_and_what_is_too_much_revoked(void **state)
{
	struct grantee *of = GRANTEE(
		"GRANT INSERT, DELETE, UPDATE (`name`, `hash`) ON `wx_user`.`api_key` TO `u`@`h`",
		"GRANT SELECT, INSERT ON `wx_user`.`audit` TO `u`@`h`",
		"GRANT DROP ON `wx_user`.`old table` TO `u`@`h`",
		"GRANT SELECT, UPDATE ON `wx\\_user`.* TO `u`@`h`");
	struct grant *key = grants_of(&of->need, arena, "api_key", strlen("api_key"));

	(void)state;
	key->rights = GRANT_SELECT | GRANT_INSERT;
	grant_add_column(key, arena, "name", strlen("name"));
	grant_add_column(key, arena, "used_at", strlen("used_at"));
	grants_of(&of->need, arena, "audit", strlen("audit"))->rights = GRANT_SELECT | GRANT_INSERT;
	assert_string_equal(written(grants_write_missing, of),
		"GRANT SELECT, UPDATE (`used_at`) ON `wx_user`.`api_key` TO `u`@`h`;\n");
	/* By those of the database, which --revokes takes away. */
	assert_int_equal(grants_count_lacking(of), 0);
	assert_string_equal(written(grants_write_excess, of),
		"REVOKE SELECT, UPDATE ON `wx\\_user`.* FROM `u`@`h`;\n"
		"REVOKE DELETE, UPDATE (`hash`) ON `wx_user`.`api_key` FROM `u`@`h`;\n"
		"REVOKE DROP ON `wx_user`.`old table` FROM `u`@`h`;\n");
	grants_add_line(of, arena, "GRANT DROP ON `wx\\_user`.* TO `a role`");
	assert_string_equal(written(grants_write_excess, of), "");
}

/* Whatever statements never need is taken away, or named where others may need it. */
static void test_what_is_beyond_the_tables_is_taken_away(void **state)
{
	struct grantee *of = GRANTEE(
		"GRANT SELECT, FILE, SUPER ON *.* TO `u`@`h` IDENTIFIED BY PASSWORD '*AA'",
		"GRANT `a role` TO `u`@`h` WITH ADMIN OPTION",
		"GRANT INSERT (`a`), SELECT (`hash`, `b`), UPDATE (`details`) ON "
		"`wx_user`.`audit` TO `u`@`h`",
		"GRANT SELECT (`a`) ON `wx_user`.`app` TO `u`@`h`",
		"GRANT ALL PRIVILEGES ON `other`.* TO `u`@`h`",
		"GRANT EXECUTE ON PROCEDURE `wx_user`.`p` TO `u`@`h`",
		"GRANT SELECT, EVENT, LOCK TABLES ON `wx\\_user`.* TO `u`@`h` WITH GRANT OPTION",
		"GRANT SELECT ON `wx\\_u%`.* TO `u`@`h`",
		"GRANT FILE ON *.* TO `a role`");
	struct buf deeds = {0};

	(void)state;
	grants_of(&of->need, arena, "app", strlen("app"))->rights = GRANT_SELECT;
	assert_string_equal(written(grants_write_excess, of),
		"GRANT SELECT ON `wx_user`.`app` TO `u`@`h`;\n"
		"-- Unless it is for others: REVOKE SELECT, FILE, SUPER ON *.* FROM `u`@`h`;\n"
		"-- Unless it is for others: REVOKE `a role` FROM `u`@`h`;\n"
		"REVOKE INSERT (`a`) ON `wx_user`.`audit` FROM `u`@`h`;\n"
		"REVOKE SELECT (`hash`, `b`) ON `wx_user`.`audit` FROM `u`@`h`;\n"
		"-- Unless it is for others: REVOKE ALL PRIVILEGES ON `other`.* FROM `u`@`h`;\n"
		"-- Unless it is for others: REVOKE EXECUTE ON PROCEDURE `wx_user`.`p` FROM "
		"`u`@`h`;\n"
		"REVOKE GRANT OPTION ON `wx\\_user`.* FROM `u`@`h`;\n"
		"REVOKE EVENT ON `wx\\_user`.* FROM `u`@`h`;\n"
		"REVOKE LOCK TABLES ON `wx\\_user`.* FROM `u`@`h`;\n"
		"-- Unless it is for others: REVOKE SELECT ON `wx\\_u%`.* FROM `u`@`h`;\n");
	assert_true(grants_write_unprotected(&deeds, of));
	buf_append_char(&deeds, '\0');
	assert_non_null(strstr(deeds.data, "change the audit, use SELECT, FILE, SUPER on *.*, "
					   "take the role `a role`, use INSERT (`a`) on "));
	buf_release(&deeds);
}

/* ---- The users of the database. */

static void apply(const char *statements)
{
	char *lines = arena_printf(arena, "%s", statements), *rest;

	for (char *line = strtok_r(lines, "\n", &rest); line != NULL;
		line = strtok_r(NULL, "\n", &rest))
		sql("%s", line);
}

static struct db *db_as(const char *user)
{
	struct db_login *login = arena_new_of(arena, struct db_login);
	struct db *db = db_new(test_conf, test_keys);

	*login = (struct db_login){user, ""};
	db_log_in_as(db, login);
	return db;
}

static struct grantee *read_grantee(const char *name, enum db_user user)
{
	struct grantee *grantee = arena_new_of(arena, struct grantee);
	struct db *db = db_as(name);

	*grantee = (struct grantee){0};
	db_set_arena(db, arena);
	db_set_without_database(db);
	grants_need(&grantee->need, arena, user);
	assert_int_equal(grants_read(db, grantee), ERR_NONE);
	db_free(db);
	return grantee;
}

/* Makes a user with what it needs. */
static void make_user(const char *name, enum db_user user)
{
	sql("CREATE OR REPLACE USER %s@localhost", name);
	apply(written(grants_write_missing, read_grantee(name, user)));
}

static void test_every_statement_is_prepared_by_its_user(void **state)
{
	static const char *const names[] = {
		[DB_USER_SERVICE] = "served", [DB_USER_ADMIN] = "serves_admins",
		[DB_USER_CONTROL] = "controls",
	};

	(void)state;
	for (enum db_user user = DB_USER_SERVICE; user <= DB_USER_CONTROL; user++) {
		const struct grantee *grantee;
		struct db *db;

		make_user(names[user], user);
		db = db_as(names[user]);
		assert_int_equal(statements_check(db, user), ERR_NONE);
		db_free(db);
		grantee = read_grantee(names[user], user);
		assert_string_equal(written(grants_write_missing, grantee), "");
		assert_string_equal(written(grants_write_excess, grantee), "");
		assert_int_equal(grants_count_lacking(grantee), 0);
	}
}

/* Whether the user is refused the statement for want of a right. */
static bool is_denied(struct db *db, const char *text)
{
	assert_int_equal(session_open(db), 0);
	return conn_query(db, text) != 0 &&
		(db->error.code == 1142 || db->error.code == 1143);
}

static void test_the_service_cannot_do_what_is_the_operators(void **state)
{
	static const char *const deeds[] = {
		"UPDATE audit SET action = 'x'",
		"DELETE FROM audit",
		"INSERT INTO operator_key (name, hash, created_at) "
		"VALUES ('x', '', UTC_TIMESTAMP(6))",
		"UPDATE operator_key SET revoked_at = NULL",
		"DELETE FROM api_key",
		"DELETE FROM tenant",
		"DELETE FROM app",
		"DELETE FROM key_check",
		"INSERT INTO schema_version (version, name, applied_at) "
		"VALUES (99, '', UTC_TIMESTAMP(6))",
		"DROP TABLE audit",
		"ALTER TABLE audit ADD COLUMN x INT",
		"CREATE TABLE x (y INT)",
	};
	struct db *service, *control;

	(void)state;
	make_user("served", DB_USER_ADMIN);
	make_user("controls", DB_USER_CONTROL);
	service = db_as("served");
	control = db_as("controls");
	for (size_t i = 0; i < N_OF(deeds); i++)
		if (!is_denied(service, deeds[i]))
			fail_msg("the service may: %s", deeds[i]);
	assert_true(is_denied(control, deeds[0]));
	assert_true(is_denied(control, deeds[1]));
	assert_true(is_denied(control, "DROP TABLE audit"));
	assert_false(is_denied(control, deeds[2]));
	db_free(control);
	db_free(service);
}

/* What only the Admin API does, and what is read for it alone. */
static void test_without_the_admin_api_the_service_cannot_do_its_acts(void **state)
{
	static const char *const deeds[] = {
		"INSERT INTO api_key (name) VALUES ('x')",
		"UPDATE api_key SET scopes = 15",
		"UPDATE api_key SET networks = ''",
		"UPDATE api_key SET revoked_at = NULL",
		"INSERT INTO tenant (name) VALUES ('x')",
		"INSERT INTO setting (name) VALUES ('x')",
		"UPDATE setting SET value = 'x'",
		"INSERT INTO app (appid) VALUES ('x')",
		"UPDATE app SET secret = 'x'",
		"INSERT INTO open_platform (name) VALUES ('x')",
		"UPDATE maintenance SET is_on = 1 WHERE id = 0",
		"INSERT INTO admin_session (hash) VALUES ('x')",
		"SELECT hash FROM operator_key",
	};
	struct db *served, *serves_admins;

	(void)state;
	make_user("served", DB_USER_SERVICE);
	make_user("serves_admins", DB_USER_ADMIN);
	served = db_as("served");
	serves_admins = db_as("serves_admins");
	for (size_t i = 0; i < N_OF(deeds); i++) {
		if (!is_denied(served, deeds[i]))
			fail_msg("without the Admin API the service may: %s", deeds[i]);
		if (is_denied(serves_admins, deeds[i]))
			fail_msg("with the Admin API the service may not: %s", deeds[i]);
	}
	db_free(served);
	db_free(serves_admins);
}

/* Switched off, it loses what it had. */
static void test_what_the_admin_api_needed_is_revoked(void **state)
{
	struct grantee *grantee;

	(void)state;
	make_user("served", DB_USER_ADMIN);
	grantee = read_grantee("served", DB_USER_SERVICE);
	assert_string_equal(written(grants_write_missing, grantee), "");
	apply(written(grants_write_excess, grantee));
	grantee = read_grantee("served", DB_USER_SERVICE);
	assert_string_equal(written(grants_write_missing, grantee), "");
	assert_string_equal(written(grants_write_excess, grantee), "");
	assert_true(grants_count_lacking(read_grantee("served", DB_USER_ADMIN)) > 5);
}

static void test_a_role_counts_while_it_is_in_effect(void **state)
{
	(void)state;
	sql("CREATE OR REPLACE USER acting@localhost; CREATE OR REPLACE ROLE work; "
	    "GRANT work TO acting@localhost; GRANT ALL ON `wx%%`.* TO work; "
	    "SET DEFAULT ROLE work FOR acting@localhost");
	assert_int_equal(grants_count_lacking(read_grantee("acting", DB_USER_SERVICE)), 0);
	assert_true(read_grantee("acting", DB_USER_SERVICE)->has_of_others);
	sql("REVOKE ALL ON `wx%%`.* FROM work; GRANT SELECT ON wxuser.* TO work");
	assert_true(grants_count_lacking(read_grantee("acting", DB_USER_SERVICE)) > 20);
}

static void test_who_may_grant_gives_what_is_lacking(void **state)
{
	struct db *giver;

	(void)state;
	sql("CREATE OR REPLACE USER giver@localhost; CREATE OR REPLACE USER served@localhost; "
	    "GRANT SELECT, INSERT, UPDATE, DELETE ON wxuser.* TO giver@localhost "
	    "WITH GRANT OPTION");
	giver = db_as("giver");
	assert_true(read_grantee("giver", DB_USER_MIGRATION)->has.may_grant);
	assert_int_equal(grants_give(giver, read_grantee("served", DB_USER_SERVICE)), ERR_NONE);
	assert_int_equal(grants_count_lacking(read_grantee("served", DB_USER_SERVICE)), 0);
	db_free(giver);
}

static int set_up(void **state)
{
	arena = arena_new(128 << 20);
	return mariadb_open(state);
}

static int tear_down(void **state)
{
	arena_free(arena);
	return mariadb_close(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_rights_are_read_from_the_text),
		cmocka_unit_test(test_every_statement_is_read),
		cmocka_unit_test(test_rights_are_read_from_show_grants),
		cmocka_unit_test(test_rights_on_databases_are_by_pattern),
		cmocka_unit_test(test_what_is_missing_is_granted_and_what_is_too_much_revoked),
		cmocka_unit_test(test_what_is_beyond_the_tables_is_taken_away),
		cmocka_unit_test(test_every_statement_is_prepared_by_its_user),
		cmocka_unit_test(test_the_service_cannot_do_what_is_the_operators),
		cmocka_unit_test(test_without_the_admin_api_the_service_cannot_do_its_acts),
		cmocka_unit_test(test_what_the_admin_api_needed_is_revoked),
		cmocka_unit_test(test_a_role_counts_while_it_is_in_effect),
		cmocka_unit_test(test_who_may_grant_gives_what_is_lacking),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
