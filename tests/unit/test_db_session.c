#include "unit.h"

#include <mysql.h>
#include <mysqld_error.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "account_admin.h"
#include "account_conflict.h"
#include "account_unmerge.h"
#include "arena.h"
#include "buf.h"
#include "captured_log.h"
#include "check.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "crypto.h"
#include "default_app.h"
#include "logins.h"
#include "maintenance.h"
#include "mariadb.h"
#include "member.h"
#include "member_binding.h"
#include "migrate.h"
#include "node.h"
#include "server.h"
#include "session.h"
#include "statements.h"
#include "tenant.h"
#include "token.h"
#include "verify_code.h"
#include "wechat_user.h"

/* Nothing that the server presets for a session changes what the rules do. The server itself lists
 * its session variables; each is preset to each hostile value, and a small life must come out as it
 * does on an untouched server. */

#define NAME "小明😀"
#define NAME_HEX "E5B08FE6988EF09F9880"
#define N_VALUES_MAX 128
#define N_ROUNDS 8
#define CLIENT_OF_LISTS 30300

static struct buf outcome;
static int n_lives, n_tried, n_refused, n_problems;

/* ---- A life, and what is left of it in the eyes of another connection. */

static void note(const char *what, int64_t value)
{
	buf_printf(&outcome, "%s %lld\n", what, (long long)value);
}

static const char *numbered(const char *prefix)
{
	return arena_printf(test_db->arena, "%s%06d", prefix, n_lives);
}

static void add_a_tenant(void)
{
	struct default_app_choice choice = {0};
	const char *name = numbered(NAME);
	int32_t id = 0;

	note("tenant", tenant_add(test_db, name, &choice, &id));
	note("name",
		sql_number("SELECT COUNT(*) FROM tenant WHERE id = %d AND HEX(name) "
			   "LIKE '" NAME_HEX "%%'",
			(int)id));
	note("age",
		sql_number("SELECT ABS(TIMESTAMPDIFF(SECOND, created_at, UTC_TIMESTAMP())) "
			   "< 300 FROM tenant WHERE id = %d",
			(int)id));
	note("twice", tenant_add(test_db, name, &choice, &id));
}

static int32_t log_in_as(const char *openid)
{
	const struct wechat_login login = {.openid = openid, .nickname = NAME};
	struct account account = {0};
	struct claim claim = {0};

	note("claim", claim_take(test_db, &LOGIN_CODE(&mini, new_code(), ADDRESS), &claim));
	note("login", login_complete(test_db, &claim, &login, &account, NULL));
	return account.wechat_user_id;
}

static void log_out(int32_t user)
{
	struct access_token token = {0};
	struct principal principal = {0};
	uint8_t hash[CRYPTO_HASH_SIZE];

	note("issue", token_issue(test_db, tenant, user, &token));
	crypto_sha256(token.text, strlen(token.text), hash);
	note("bearer", token_find(test_db, hash, &principal));
	note("logout", token_revoke(test_db, token.text));
	note("revoked",
		sql_number("SELECT revoked_at IS NOT NULL FROM access_token WHERE id = %lld",
			(long long)principal.token_id));
	note("ended", token_find(test_db, hash, &principal));
}

static void guess(void)
{
	const struct code_scope place = {
		.tenant_id = tenant,
		.purpose = VERIFY_CODE_PHONE,
		.phone = numbered("13800"),
		.openid = "oGuess",
	};
	const struct principal server = server_of(tenant);
	struct verify_code code = {0};
	int64_t id;

	sql("DELETE FROM sms_counter"); /* the tenant's own limit */
	note("code", verify_code_make(test_db, &place, &server, NULL, &code));
	note("soon", verify_code_make(test_db, &place, &server, NULL, &(struct verify_code){0}));
	for (int i = 0; i < 2; i++)
		note("wrong", verify_code_try(test_db, &place, wrong_code(code.digits), &id));
	note("tries",
		sql_number("SELECT n_tries FROM verify_code WHERE id = %lld", (long long)code.id));
	note("right", verify_code_try(test_db, &place, code.digits, &id));
}

static void save_user(void)
{
	const struct principal server = server_of(tenant);
	const char *openid = numbered("o");
	const struct wechat_user given = {.openid = openid, .name = NAME};
	struct wechat_user found = {0};
	int32_t id = 0;

	note("save", wechat_user_save(test_db, &server, &given, &id));
	note("found", wechat_user_by_openid(test_db, &server, openid, &found));
	note("same", found.name != NULL && strcmp(found.name, NAME) == 0);
	note("stored",
		sql_number("SELECT HEX(name) = '" NAME_HEX "' FROM wechat_user WHERE id = %d",
			(int)id));
	note("nobody", wechat_user_by_openid(test_db, &server, "oNobody", &found));
	note("create",
		member_create(test_db, &server, id,
			&(struct member){.phone = numbered("13700"),
				.name = NAME,
				.birthday = "1990-05-01 00:00:00"},
			&id));
	note("member", sql_number("SELECT COUNT(*) FROM member WHERE id = %d", (int)id));
}

static int64_t n_accounts(const char *openid, const char *other)
{
	return sql_number("SELECT COUNT(DISTINCT account_id) FROM wechat_user "
			  "WHERE openid IN ('%s', '%s')",
		openid, other);
}

static void merge_and_undo(const char *openid, const char *other)
{
	struct conflict_merge merge = {0};
	enum unmerge_problem problem = UNMERGE_UNKNOWN;

	note("named", account_find(test_db, openid, &merge.a));
	note("named", account_find(test_db, other, &merge.b));
	note("merge", account_conflict_merge(test_db, &merge));
	note("one", n_accounts(openid, other));
	note("unmerge", account_unmerge(test_db, merge.id, &problem));
	note("two", n_accounts(openid, other));
}

static void count_tenant(void *ctx, const struct tenant *row)
{
	(void)row;
	++*(int64_t *)ctx;
}

static void operate(void)
{
	int64_t n = 0;

	for (int is_on = 1; is_on >= 0; is_on--) {
		note("maintenance", maintenance_set(test_db, is_on, "test"));
		note("is on", sql_number("SELECT is_on FROM maintenance"));
	}
	sql("UPDATE login_claim SET created_at = created_at - INTERVAL 9 DAY");
	note("purge", purged(claim_purge) >= 2);
	note("list", tenant_list(test_db, count_tenant, &n));
	note("all", n == sql_number("SELECT COUNT(*) FROM tenant"));
	sql("DELETE FROM audit; DELETE FROM tenant WHERE HEX(name) LIKE '" NAME_HEX "%%'");
}

/* What a rule or the schema relies on the server to refuse. */
static void be_refused(void)
{
	static const char *const statements[] = {
		"INSERT INTO setting VALUES (999999, 'x', 'y')",
		"INSERT INTO maintenance (id, is_on) VALUES (2, 7)",
		"UPDATE tenant SET name = REPEAT('x', 65) WHERE name = 'one'",
		"UPDATE tenant SET id = 'one' WHERE name = 'one'",
		"SELECT name, COUNT(*) FROM tenant",
	};

	for (size_t i = 0; i < N_OF(statements) && session_open(test_db) == 0; i++) {
		conn_query(test_db, statements[i]);
		note("refused", test_db->error.code);
	}
}

static void live(void)
{
	const char *openid = numbered("oA"), *other = numbered("oB");

	n_lives++;
	buf_reset(&outcome);
	add_a_tenant();
	log_out(log_in_as(openid));
	log_in_as(other);
	merge_and_undo(openid, other);
	guess();
	save_user();
	operate();
	be_refused();
}

/* On connections of its own, as the service's user. */
static const char *outcome_of_a_life(void)
{
	struct db *before = test_db;

	test_db = db_new(test_conf, test_keys);
	live();
	db_free(test_db);
	test_db = before;
	return outcome.data;
}

/* ---- The same of a schema that is made from nothing. */

static void note_schema(const char *name)
{
	static const char *const views[][2] = {
		{"tables", "table_name, engine, table_collation, row_format"},
		{"columns", "table_name, column_name, column_type, is_nullable, collation_name"},
		{"statistics", "table_name, index_name, seq_in_index, column_name, non_unique"},
	};

	for (size_t i = 0; i < N_OF(views); i++)
		note(views[i][0],
			sql_number("SELECT SUM(CRC32(CONCAT_WS('|', %s))) "
				   "FROM information_schema.%s WHERE table_schema = '%s'",
				views[i][1], views[i][0], name));
	note("foreign keys",
		sql_number(
			"SELECT COUNT(*) FROM "
			"information_schema.referential_constraints WHERE constraint_schema = '%s'",
			name));
	note("checks",
		sql_number("SELECT SUM(CRC32(check_clause)) FROM "
			   "information_schema.check_constraints WHERE constraint_schema = '%s'",
			name));
}

static const char *outcome_of_a_migration(void)
{
	const char *name = test_conf->database_name;
	struct db *db;

	sql("CREATE DATABASE made");
	buf_reset(&outcome);
	test_conf->database_name = "made";
	test_conf->database_user = "maker";
	db = db_new(test_conf, test_keys);
	note("migrate", migrate(db, &(struct migrate_report){0}));
	note("statements", statements_check(db, DB_USER_MIGRATION));
	db_free(db);
	test_conf->database_user = "service";
	test_conf->database_name = name;
	note_schema("made");
	sql("DROP DATABASE made");
	return outcome.data;
}

/* ---- The server's variables, and what a hostile administrator sets them to. */

struct variable {
	char name[64], type[24], least[24], most[24], choices[2048];
	bool has_global;
};

struct values {
	char sql[N_VALUES_MAX][128];
	size_t n;
};

static MYSQL *connect_as(const char *user)
{
	MYSQL *mysql = mysql_init(NULL);

	assert_non_null(mysql_real_connect(
		mysql, NULL, user, "", "wxuser", 0, test_conf->database_socket, 0));
	return mysql;
}

static struct variable variables[300];
static size_t n_variables;

static void list_variables(void)
{
	MYSQL *root = connect_as("root");
	MYSQL_RES *rows;
	MYSQL_ROW row;

	assert_int_equal(
		mysql_query(root,
			"SELECT LOWER(variable_name), variable_type, COALESCE(numeric_min_value, "
	                "''), "
			"COALESCE(numeric_max_value, ''), COALESCE(enum_value_list, ''), "
	                "variable_scope "
			"FROM information_schema.system_variables WHERE read_only = 'NO' "
			"AND variable_scope IN ('SESSION', 'SESSION ONLY') ORDER BY variable_name"),
		0);
	rows = mysql_store_result(root);
	while ((row = mysql_fetch_row(rows)) != NULL) {
		struct variable *variable = &variables[n_variables++];

		assert_true(n_variables <= N_OF(variables));
		snprintf(variable->name, sizeof(variable->name), "%s", row[0]);
		snprintf(variable->type, sizeof(variable->type), "%s", row[1]);
		snprintf(variable->least, sizeof(variable->least), "%s", row[2]);
		snprintf(variable->most, sizeof(variable->most), "%s", row[3]);
		snprintf(variable->choices, sizeof(variable->choices), "%s", row[4]);
		variable->has_global = strcmp(row[5], "SESSION") == 0;
	}
	mysql_free_result(rows);
	mysql_close(root);
	assert_true(n_variables > 150);
}

static __attribute__((format(printf, 2, 3))) void add_value(
	struct values *values, const char *format, ...)
{
	va_list arguments;

	assert_true(values->n < N_VALUES_MAX);
	va_start(arguments, format);
	vsnprintf(values->sql[values->n++], sizeof(values->sql[0]), format, arguments);
	va_end(arguments);
}

static void add_choices(struct values *values, const struct variable *variable)
{
	const bool is_flagset = strcmp(variable->type, "FLAGSET") == 0;
	char list[sizeof(variable->choices)], *save = NULL;

	memcpy(list, variable->choices, sizeof(list));
	for (char *choice = strtok_r(list, ",", &save); choice != NULL;
		choice = strtok_r(NULL, ",", &save)) {
		if (!is_flagset) {
			add_value(values, "'%s'", choice);
		} else if (strcmp(choice, "default") != 0) {
			add_value(values, "'%s=on'", choice);
			add_value(values, "'%s=off'", choice);
		}
	}
	if (strcmp(variable->type, "SET") == 0)
		add_value(values, "''");
}

/* Those whose values the server does not list. */
static void add_texts(struct values *values, const char *name)
{
	static const struct {
		const char *name, *values;
	} known[] = {
		{"character_set", "latin1 gbk utf8mb3 ascii binary big5 ucs2"},
		{"collation_", "latin1_swedish_ci gbk_chinese_ci utf8mb4_general_ci utf8mb4_bin"},
		{"lc_", "zh_CN tr_TR"},
		{"time_zone", "SYSTEM +14:00 -12:00"},
		{"storage_engine", "MyISAM Aria MEMORY"},
		{"system_versioning_asof", "2000-01-01"},
		{"session_track_system_variables", "*"},
		{"", "x"},
	};
	char list[128], *save = NULL;
	size_t i = 0;

	while (strstr(name, known[i].name) == NULL)
		i++;
	snprintf(list, sizeof(list), "%s", known[i].values);
	for (char *text = strtok_r(list, " ", &save); text != NULL;
		text = strtok_r(NULL, " ", &save))
		add_value(values, "'%s'", text);
}

static struct values values_of(const struct variable *variable)
{
	struct values values = {0};

	if (variable->choices[0] != '\0') {
		add_choices(&values, variable);
	} else if (variable->most[0] != '\0') {
		add_value(&values, "%s", variable->least);
		add_value(&values, "%s", "1");
		add_value(&values, "%s", variable->most);
	} else {
		add_texts(&values, variable->name);
	}
	return values;
}

static int set_up(void **state)
{
	logins_open(state);
	sql("CREATE USER service@localhost; CREATE USER maker@localhost; "
	    "GRANT SELECT, INSERT, UPDATE, DELETE ON wxuser.* TO service@localhost; "
	    "GRANT ALL ON made.* TO maker@localhost");
	test_conf->database_user = "service";
	list_variables();
	return 0;
}

/* ---- Presets of all variables at once, or one by one. */

static void compare(const char *wanted, const char *found, const char *preset)
{
	n_tried++;
	if (strcmp(found, wanted) == 0)
		return;
	n_problems++;
	print_error("With %s:\n%s\ninstead of\n%s\n", preset, found, wanted);
}

/* Whether the service's user may, and so its init_connect. */
static bool may_run(const char *text)
{
	MYSQL *service = connect_as("service");
	const bool is_taken = mysql_query(service, text) == 0;

	mysql_close(service);
	return is_taken;
}

static bool add_to_init_connect(struct buf *init, const char *name, const char *value)
{
	const size_t size = init->size;

	buf_printf(init, "%s%s = %s", size == 0 ? "SET SESSION " : ", ", name, value);
	if (may_run(init->data)) {
		sql("SET GLOBAL init_connect = \"%s\"", init->data);
		return true;
	}
	init->size = size;
	init->data[size] = '\0';
	return false;
}

/* Of all connections from now on. Whether the server takes it. */
static bool preset(const char *name, const char *value, bool is_global, struct buf *init)
{
	const bool is_taken = is_global ? sql_error("SET GLOBAL %s = %s", name, value) == 0
					: add_to_init_connect(init, name, value);

	n_refused += !is_taken;
	return is_taken;
}

static void preset_nothing(const struct variable *variable)
{
	sql("SET GLOBAL init_connect = ''");
	if (variable->has_global)
		sql_error("SET GLOBAL %s = DEFAULT", variable->name);
}

/* What no session can set for itself, what lets no init_connect run, and a limit at which MariaDB
 * 10.11 crashes together with others. */
static bool is_the_servers(const struct variable *variable)
{
	static const char *const names[] = {
		"binlog_format",
		"enforce_storage_engine",
		"max_allowed_packet",
		"max_session_mem_used",
		"optimizer_max_sel_arg_weight",
	};
	bool is_found = false;

	for (size_t i = 0; i < N_OF(names); i++)
		is_found |= strcmp(names[i], variable->name) == 0;
	return is_found;
}

static void preset_round(size_t round)
{
	struct buf init = {0};

	for (int is_global = 1; is_global >= 0; is_global--) {
		for (size_t i = 0; i < n_variables; i++) {
			const struct values values = values_of(&variables[i]);

			if (variables[i].has_global == is_global && !is_the_servers(&variables[i]))
				preset(variables[i].name, values.sql[round % values.n], is_global,
					&init);
		}
	}
	buf_release(&init);
}

static void all_variables_at_once(void **state)
{
	char *untouched = strdup(outcome_of_a_life()), *schema = strdup(outcome_of_a_migration());

	(void)state;
	for (size_t round = 0; round < N_ROUNDS; round++) {
		preset_round(round);
		compare(untouched, outcome_of_a_life(), "a round of values");
		compare(schema, outcome_of_a_migration(), "a round of values");
		for (size_t i = 0; i < n_variables; i++)
			preset_nothing(&variables[i]);
	}
	free(schema);
	free(untouched);
	assert_int_equal(n_problems, 0);
}

static void try_value(
	const char *untouched, const struct variable *variable, const char *value, bool is_global)
{
	struct buf init = {0};
	char text[256];

	snprintf(text, sizeof(text), "%s %s = %s", is_global ? "global" : "init_connect",
		variable->name, value);
	if (preset(variable->name, value, is_global, &init))
		compare(untouched, outcome_of_a_life(), text);
	preset_nothing(variable);
	buf_release(&init);
}

static void one_variable_after_the_other(void **state)
{
	char *untouched = strdup(outcome_of_a_life());

	(void)state;
	for (size_t i = 0; i < n_variables; i++) {
		const struct values values = values_of(&variables[i]);

		for (size_t j = 0; j < values.n && !is_the_servers(&variables[i]); j++) {
			try_value(untouched, &variables[i], values.sql[j], false);
			if (variables[i].has_global)
				try_value(untouched, &variables[i], values.sql[j], true);
		}
	}
	free(untouched);
	assert_int_equal(n_problems, 0);
}

/* ---- What else there may be in an init_connect. */

static void what_init_connect_leaves_behind(void **state)
{
	static const char *const inits[] = {
		"START TRANSACTION",
		"SET autocommit = 0; SELECT COUNT(*) FROM tenant",
		"START TRANSACTION READ ONLY; SET @a = 1",
		"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY",
		"USE information_schema",
		"SET NAMES utf8",
		"SET CHARACTER SET gbk",
		"SET SESSION timestamp = 1, insert_id = 1, last_insert_id = 1",
	};
	char *untouched = strdup(outcome_of_a_life());

	(void)state;
	for (size_t i = 0; i < N_OF(inits); i++) {
		sql("SET GLOBAL init_connect = '%s'", inits[i]);
		compare(untouched, outcome_of_a_life(), inits[i]);
	}
	sql("SET GLOBAL init_connect = ''");
	free(untouched);
	assert_int_equal(n_problems, 0);
}

/* ---- What cannot be undone stops the connection and says so. */

static void expect_refusal(enum err (*ask)(struct db *db), const char *reason)
{
	struct db *db = db_new(test_conf, test_keys);
	const char *log;

	captured_log_begin();
	assert_int_equal(ask(db), ERR_INTERNAL);
	log = captured_log_end();
	if (strstr(log, reason) == NULL)
		fail_msg("not \"%s\" in: %s", reason, log);
	db_free(db);
}

static enum err migrate_in_silence(struct db *db)
{
	return migrate(db, &(struct migrate_report){0});
}

static void what_cannot_be_set_is_told(void **state)
{
	(void)state;
	sql("SET GLOBAL binlog_format = STATEMENT");
	expect_refusal(db_ping, "binlog_format is STATEMENT");
	sql("SET GLOBAL binlog_format = MIXED; SET GLOBAL enforce_storage_engine = Aria; "
	    "DELETE FROM schema_version ORDER BY version DESC LIMIT 1");
	expect_refusal(migrate_in_silence, "enforce_storage_engine is Aria");
	sql("SET GLOBAL enforce_storage_engine = NULL; "
	    "SET GLOBAL init_connect = 'SELECT 1 FROM nosuch'");
	expect_refusal(db_ping, "init_connect");
	sql("SET GLOBAL init_connect = ''");
	sql("INSERT INTO schema_version SELECT MAX(version) + 1, '', UTC_TIMESTAMP(6) "
	    "FROM schema_version");
}

/* Without its role the user may not go back to its database. */
static void what_cannot_be_taken_back_is_told(void **state)
{
	(void)state;
	sql("CREATE ROLE shop; GRANT ALL ON wxuser.* TO shop; CREATE USER clerk@localhost; "
	    "GRANT shop TO clerk@localhost; SET DEFAULT ROLE shop FOR clerk@localhost; "
	    "SET GLOBAL init_connect = 'SET ROLE NONE'");
	test_conf->database_user = "clerk";
	expect_refusal(db_ping, "Access denied for user 'clerk'@'localhost'");
	test_conf->database_user = "service";
	sql("SET GLOBAL init_connect = ''");
}

/* The row's values, which may stand in other messages, stay out. */
static void what_a_read_only_server_says_is_told(void **state)
{
	const struct principal server = server_of(tenant);
	const struct wechat_user given = {.openid = "oReadOnly", .name = NAME};
	struct db *db = db_new(test_conf, test_keys);
	const char *log;
	int32_t id;

	(void)state;
	sql("SET GLOBAL read_only = ON");
	captured_log_begin();
	assert_int_equal(wechat_user_save(db, &server, &given, &id), ERR_BUSY);
	log = captured_log_end();
	assert_non_null(strstr(log, "running with the --read-only option"));
	assert_null(strstr(log, NAME));
	sql("SET GLOBAL read_only = OFF");
	db_free(db);
}

/* ---- What operators are told. */

/* Those too that would keep a session from looking at them. */
static void presets_that_hinder_are_told(void **state)
{
	struct db *db = db_new(test_conf, test_keys);
	const char *presets = NULL;

	(void)state;
	sql("SET GLOBAL max_session_mem_used = 262144; SET GLOBAL max_join_size = 1");
	assert_int_equal(session_presets(db, &presets), ERR_NONE);
	assert_non_null(strstr(presets, "max_session_mem_used = 262144"));
	assert_non_null(strstr(presets, "sql_big_selects = OFF"));
	sql("SET GLOBAL max_session_mem_used = DEFAULT; SET GLOBAL max_join_size = DEFAULT");
	db_free(db);
}

static void presets_are_told(void **state)
{
	struct db *db = db_new(test_conf, test_keys);
	const char *presets;

	(void)state;
	assert_int_equal(session_presets(db, &presets), ERR_NONE);
	assert_string_equal(
		presets, "character_set_client = latin1, character_set_results = latin1");
	sql("SET GLOBAL character_set_client = utf8mb4; SET GLOBAL character_set_results = "
	    "utf8mb4");
	assert_int_equal(session_presets(db, &presets), ERR_NONE);
	assert_null(presets);
	sql("SET GLOBAL autocommit = OFF; SET GLOBAL init_connect = 'SET NAMES utf8'");
	assert_int_equal(session_presets(db, &presets), ERR_NONE);
	assert_string_equal(presets, "autocommit = OFF, an init_connect");
	sql("SET GLOBAL autocommit = ON; SET GLOBAL init_connect = ''");
	db_free(db);
}

/* ---- A host whose clock is an hour behind the database's. */

static int64_t behind_us;
static char said[256];
static int n_warnings;

int64_t __real_clock_now_us(void);
int64_t __wrap_clock_now_us(void);

int64_t __wrap_clock_now_us(void)
{
	return __real_clock_now_us() - behind_us;
}

/* Instead of the one of "wxuserctl check". */
void check_report(struct check *check, enum check_verdict verdict, const char *format, ...)
{
	va_list arguments;

	(void)check;
	if (verdict == CHECK_OK)
		return;
	va_start(arguments, format);
	vsnprintf(said, sizeof(said), format, arguments);
	va_end(arguments);
	n_warnings++;
}

static void a_clock_that_is_off_is_told(void **state)
{
	struct db *db = db_new(test_conf, test_keys);
	struct check check = {.conf = test_conf, .n_hosts = 1};
	struct server server;

	(void)state;
	/* So that nothing else is told. */
	sql("SET GLOBAL binlog_row_image = 'MINIMAL', GLOBAL binlog_annotate_row_events = OFF, "
	    "GLOBAL innodb_flush_log_at_trx_commit = 1");
	behind_us = 3600 * CLOCK_SECOND_US;
	assert_int_equal(server_read(db, &server), ERR_NONE);
	behind_us = 0;
	check_server(&check, &server);
	assert_int_equal(n_warnings, 1);
	if (strncmp(said, "clock: the database's is +3600.", 31) != 0 &&
		strncmp(said, "clock: the database's is +3599.", 31) != 0)
		fail_msg("%s", said);
	db_free(db);
}

/* ---- Where the server is. */

static char port_option[32];
static int port;

static void choose_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	close(fd);
	port = ntohs(address.sin_port);
	snprintf(port_option, sizeof(port_option), "--port=%d", port);
}

static enum err ping_at(const char *host, int its_port)
{
	const char *socket_path = test_conf->database_socket;
	struct db *db = db_new(test_conf, test_keys);
	enum err err;

	test_conf->database_host = host;
	test_conf->database_port = its_port;
	test_conf->database_socket = "/nonexistent";
	err = db_ping(db);
	test_conf->database_socket = socket_path;
	test_conf->database_host = "";
	db_free(db);
	return err;
}

static void a_host_may_have_its_port(void **state)
{
	static const char *const forms[] = {
		"127.0.0.1:%d", "localhost:%d", "[::1]:%d", "127.0.0.1:%d,127.0.0.1:1",
		"127.0.0.1:1, localhost:%d", " 127.0.0.1:%d ",
	};
	static const char *const bare[] = {"127.0.0.1", "::1", "[::1]"};
	char host[64];

	(void)state;
	for (size_t i = 0; i < N_OF(forms); i++) {
		const char *at = strstr(forms[i], "%d");

		snprintf(host, sizeof(host), "%.*s%d%s", (int)(at - forms[i]), forms[i], port,
			at + 2);
		if (strchr(host, ',') != NULL && MARIADB_PACKAGE_VERSION_ID < CLIENT_OF_LISTS)
			print_message("this client library takes one host: %s\n", host);
		else if (ping_at(host, 1) != ERR_NONE)
			fail_msg("not at %s", host);
	}
	for (size_t i = 0; i < N_OF(bare); i++)
		if (ping_at(bare[i], port) != ERR_NONE)
			fail_msg("not at %s", bare[i]);
	assert_int_equal(ping_at("127.0.0.1:1", port), ERR_BUSY);
}

static int state_of_named(const struct db *db)
{
	char name[64];

	snprintf(name, sizeof(name), "%s:%ld", test_conf->database_host,
		(long)test_conf->database_port);
	return atomic_load(&node_find(db->conn->own_nodes, name, 0)->state);
}

/* The host is not to blame. */
static void without_descriptors_it_is_busy(void **state)
{
	struct db *db = db_new(test_conf, test_keys);
	struct rlimit limit, none;

	(void)state;
	assert_int_equal(db_ping(db), ERR_NONE);
	conn_close(db->conn);
	getrlimit(RLIMIT_NOFILE, &limit);
	none = (struct rlimit){.rlim_max = limit.rlim_max};
	setrlimit(RLIMIT_NOFILE, &none);
	assert_int_equal(db_ping(db), ERR_BUSY);
	assert_string_equal(db_host_state(db), "ready");
	test_conf->database_host = "database.example";
	assert_int_equal(db_ping(db), ERR_BUSY);
	assert_int_not_equal(state_of_named(db), NODE_REFUSES);
	test_conf->database_host = "";
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(db_ping(db), ERR_NONE);
	db_free(db);
}

static int begin(void **state)
{
	(void)state;
	n_problems = 0;
	return 0;
}

static int tear_down(void **state)
{
	print_message("%zu variables, %d presets tried, %d refused by the server\n", n_variables,
		n_tried, n_refused);
	buf_release(&outcome);
	return mariadb_close(state);
}

int main(int argc, char **argv)
{
	const bool is_thorough = argc > 1 && strcmp(argv[1], "all") == 0;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(presets_are_told, begin),
		cmocka_unit_test(presets_that_hinder_are_told),
		cmocka_unit_test_setup(all_variables_at_once, begin),
		cmocka_unit_test_setup(what_init_connect_leaves_behind, begin),
		cmocka_unit_test_setup(what_cannot_be_set_is_told, begin),
		cmocka_unit_test(what_cannot_be_taken_back_is_told),
		cmocka_unit_test(what_a_read_only_server_says_is_told),
		cmocka_unit_test_setup(a_host_may_have_its_port, begin),
		cmocka_unit_test_setup(a_clock_that_is_off_is_told, begin),
		cmocka_unit_test(without_descriptors_it_is_busy),
	};
	const struct CMUnitTest long_tests[] = {
		cmocka_unit_test_setup(one_variable_after_the_other, begin),
	};

	mariadb_options[0] = "--log-bin";
	mariadb_options[1] = "--skip-character-set-client-handshake";
	mariadb_options[2] = "--skip-networking=0";
	mariadb_options[3] = port_option;
	choose_port();
	if (is_thorough)
		return cmocka_run_group_tests_name("session", long_tests, set_up, tear_down);
	return cmocka_run_group_tests_name("session", tests, set_up, tear_down);
}
