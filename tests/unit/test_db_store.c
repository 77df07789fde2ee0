#include "unit.h"

#include <mysqld_error.h>

#include "api_key.h"
#include "api_key_find.h"
#include "api_key_list.h"
#include "app.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "crypto.h"
#include "db.h"
#include "default_app.h"
#include "logins.h"
#include "mariadb.h"
#include "migrate.h"
#include "secret.h"
#include "maintenance.h"
#include "setting.h"
#include "statements.h"
#include "stmt.h"
#include "tenant.h"
#include "wechat_user.h"

#define N_RACERS 64
#define N_LISTED 120

static int32_t other_tenant;

static int set_up(void **state)
{
	mariadb_open(state);
	tenant = add_tenant("one");
	other_tenant = add_tenant("two");
	return 0;
}

static int64_t next_id(void)
{
	return sql_number("SELECT AUTO_INCREMENT FROM information_schema.tables "
			  "WHERE table_schema = 'wxuser' AND table_name = 'wechat_user'");
}

/* ---- Migrations. */

static void count_progress(void *ctx, const char *name)
{
	int *n = ctx;

	assert_non_null(name);
	++*n;
}

static enum err migrate_and_count(struct db *db, int *n_applied)
{
	const struct migrate_report report = {.progress = count_progress, .ctx = n_applied};

	return migrate(db, &report);
}

static void test_statements(void **state)
{
	(void)state;
	assert_int_equal(statements_check(test_db, DB_USER_MIGRATION), ERR_NONE);
}

struct number {
	int32_t number;
};

/* Prepares the first of statements that differ. */
static void prepare_first(int n)
{
	static char texts[CONN_PREPARED_MAX][sizeof("SELECT -2147483648")];

	for (int i = 0; i < n; i++) {
		const struct stmt stmt = {
			.text = texts[i], .columns = COLUMNS(COLUMN(struct number, number, INT32)),
		};

		snprintf(texts[i], sizeof(texts[i]), "SELECT %d", i);
		assert_int_equal(stmt_check(test_db, &stmt), 0);
	}
}

static int64_t status_number(const char *name)
{
	return sql_number("SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS "
			  "WHERE VARIABLE_NAME = '%s'", name);
}

static void test_a_connection_keeps_the_statements_that_it_used_last(void **state)
{
	int64_t n_prepared;

	(void)state;
	assert_int_equal(statements_kept_max(), CONN_PREPARED_MAX);
	assert_int_equal(statements_check(test_db, DB_USER_MIGRATION), ERR_NONE);
	assert_int_equal(status_number("PREPARED_STMT_COUNT"), CONN_PREPARED_MAX);

	assert_int_equal(db_ping(test_db), ERR_NONE);
	prepare_first(CONN_PREPARED_MAX - 1);
	n_prepared = status_number("COM_STMT_PREPARE");
	assert_int_equal(db_ping(test_db), ERR_NONE);
	prepare_first(CONN_PREPARED_MAX - 1);
	assert_int_equal(status_number("COM_STMT_PREPARE"), n_prepared);
	prepare_first(CONN_PREPARED_MAX);
	assert_int_equal(status_number("COM_STMT_PREPARE"), n_prepared + 1);
	assert_int_equal(db_ping(test_db), ERR_NONE);
	assert_int_equal(status_number("COM_STMT_PREPARE"), n_prepared + 2);
	assert_int_equal(status_number("PREPARED_STMT_COUNT"), CONN_PREPARED_MAX);
}

static void test_migrate_again(void **state)
{
	int version, wanted, n_applied = 0;

	(void)state;
	assert_int_equal(migrate_and_count(test_db, &n_applied), ERR_NONE);
	assert_int_equal(n_applied, 0);
	assert_int_equal(migrate_check(test_db, &version, &wanted), ERR_NONE);
	assert_int_equal(version, wanted);
	sql("INSERT INTO schema_version VALUES (%d, 'later', UTC_TIMESTAMP(6))", wanted + 1);
	assert_int_equal(migrate_check(test_db, &version, &wanted), ERR_PARAMETER);
	assert_int_equal(version, wanted + 1);
	sql("DELETE FROM schema_version WHERE version > %d", wanted);
}

static int migrate_empty_database(int index)
{
	int n_applied = 0;

	(void)index;
	return migrate_and_count(test_db, &n_applied) == ERR_NONE ? 0 : 1;
}

static void test_migrations_at_the_same_time(void **state)
{
	const char *name = test_conf->database_name;
	int version, wanted;
	struct db *db;

	(void)state;
	assert_int_equal(migrate_check(test_db, &version, &wanted), ERR_NONE);
	sql("CREATE DATABASE twice");
	test_conf->database_name = "twice";
	db = db_new(test_conf, test_keys);
	assert_int_equal(migrate_check(db, &version, &wanted), ERR_PARAMETER);
	assert_int_equal(version, 0);
	assert_int_equal(mariadb_race(4, migrate_empty_database), 4);
	assert_int_equal(migrate_check(db, &version, &wanted), ERR_NONE);
	assert_int_equal(statements_check(db, DB_USER_MIGRATION), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM twice.schema_version"),
		sql_number("SELECT COUNT(*) FROM schema_version"));
	db_free(db);
	test_conf->database_name = name;
	sql("DROP DATABASE twice");
}

static void test_a_migration_cut_off_in_the_middle(void **state)
{
	const char *name = test_conf->database_name;
	struct db *db;
	int n_applied = 0;

	(void)state;
	sql("CREATE DATABASE half; "
	    "CREATE TABLE half.schema_version LIKE wxuser.schema_version; "
	    "CREATE TABLE half.tenant LIKE wxuser.tenant");
	test_conf->database_name = "half";
	db = db_new(test_conf, test_keys);
	assert_int_equal(migrate_and_count(db, &n_applied), ERR_NONE);
	assert_int_equal(statements_check(db, DB_USER_MIGRATION), ERR_NONE);
	db_free(db);
	test_conf->database_name = name;
	sql("DROP DATABASE half");
}

/* Of others: refused before anything is made. What wxuser's own interrupted migration has left is
 * none of them. */
static void test_a_database_that_others_use(void **state)
{
	static const char *const strangers[][2] = {
		{"CREATE TABLE setting (k VARCHAR(9), v TEXT)", "setting"},
		{"CREATE TABLE member (id INT PRIMARY KEY, name TEXT)", "member"},
		{"CREATE VIEW region AS SELECT 1 AS code", "region"},
		{"CREATE SEQUENCE account", "account"},
		{"CREATE TABLE audit (id INT, tenant_id INT, row_uuid INT, action INT)", "audit"},
		{"CREATE TABLE schema_version (installed_rank INT, version VARCHAR(50))",
			"schema_version"},
		{"CREATE TABLE schema_version LIKE wxuser.schema_version; "
		 "INSERT INTO schema_version VALUES (1, '0001_users', NOW()); "
		 "CREATE TABLE access_token (id INT)", "access_token"},
		{"CREATE TABLE shop (id INT PRIMARY KEY, of INT, CONSTRAINT app_tenant "
		 "FOREIGN KEY (of) REFERENCES shop (id))", "foreign key app_tenant"},
		{"CREATE TABLE shop (id INT PRIMARY KEY, of INT, CONSTRAINT Waiting_Follow_App "
		 "FOREIGN KEY (of) REFERENCES shop (id))", "foreign key Waiting_Follow_App"},
	};
	const char *name = test_conf->database_name, *stranger;

	(void)state;
	test_conf->database_name = "strange";
	for (size_t i = 0; i < N_OF(strangers); i++) {
		struct db *db;
		int64_t n_tables;
		int n_applied = 0;

		sql("CREATE OR REPLACE DATABASE strange CHARACTER SET gbk; USE strange; %s; "
		    "USE wxuser", strangers[i][0]);
		n_tables = sql_number("SELECT COUNT(*) FROM information_schema.tables "
				      "WHERE table_schema = 'strange'");
		db = db_new(test_conf, test_keys);
		assert_int_equal(migrate_and_count(db, &n_applied), ERR_PARAMETER);
		assert_int_equal(n_applied, 0);
		assert_int_equal(migrate_find_stranger(db, &stranger), ERR_NONE);
		assert_non_null(strstr(stranger, "of the database strange is not wxuser's"));
		assert_non_null(strstr(stranger, strangers[i][1]));
		assert_int_equal(sql_number("SELECT COUNT(*) FROM information_schema.tables "
					    "WHERE table_schema = 'strange'"), n_tables);
		db_free(db);
	}
	test_conf->database_name = name;
	sql("DROP DATABASE strange");
	assert_int_equal(migrate_find_stranger(test_db, &stranger), ERR_NONE);
	assert_null(stranger);
}

/* ---- Tenants, apps, keys. */

struct seen {
	int n;
	int32_t id;
	char name[64];
};

static void see_tenant(void *ctx, const struct tenant *row)
{
	struct seen *seen = ctx;

	seen->n++;
	seen->id = row->id;
	snprintf(seen->name, sizeof(seen->name), "%s", row->name);
}

static void test_tenants(void **state)
{
	struct default_app_choice choice = {0};
	struct seen seen = {0};
	int32_t id;

	(void)state;
	assert_int_equal(tenant_add(test_db, "", &choice, &id), ERR_PARAMETER);
	assert_int_equal(tenant_add(test_db, "a\x1b" "b", &choice, &id), ERR_PARAMETER);
	assert_int_equal(tenant_add(test_db, "one", &choice, &id), ERR_PARAMETER);
	assert_int_equal(tenant_list(test_db, see_tenant, &seen), ERR_NONE);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.id, other_tenant);
	assert_string_equal(seen.name, "two");
}

static void test_a_tenant_is_changed(void **state)
{
	const struct tenant_change taken = {.id = other_tenant, .name = "one"};
	const struct tenant_change unknown = {.id = 999, .name = "x"};
	const struct tenant_change off = {
		.id = other_tenant, .name = "2", .sets_disabled = true, .is_disabled = true};
	const struct tenant_change on = {.id = other_tenant, .name = "two", .sets_disabled = true};
	struct maintenance_watch watch = {0};
	struct tenant row;
	const char *before;

	(void)state;
	assert_int_equal(tenant_change(test_db, &taken, &row, &before), ERR_PARAMETER);
	assert_int_equal(tenant_change(test_db, &unknown, &row, &before), ERR_ABSENT);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tenant_change(test_db, &off, &row, &before), ERR_NONE);
		assert_string_equal(row.name, "2");
		assert_int_not_equal(row.disabled_us, 0);
	}
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit WHERE action IN "
				    "('tenant.rename', 'tenant.disable')"), 2);
	assert_false(tenant_is_disabled(test_db, other_tenant));
	assert_false(maintenance_is_on(test_db, &watch));
	assert_true(tenant_is_disabled(test_db, other_tenant));
	assert_false(tenant_is_disabled(test_db, other_tenant * 10 + 1));
	assert_int_equal(tenant_change(test_db, &on, &row, &before), ERR_NONE);
	assert_string_equal(before, "2");
	watch = (struct maintenance_watch){0};
	assert_false(maintenance_is_on(test_db, &watch));
	assert_false(tenant_is_disabled(test_db, other_tenant));
}

static void see_app(void *ctx, const struct app *app)
{
	struct seen *seen = ctx;

	seen->n++;
	assert_null(app->secret);
	assert_int_equal(app->tenant_id, tenant);
}

static void test_apps(void **state)
{
	struct seen seen = {0};
	struct app first = add_app(tenant, "wx-1", APP_MINI, "open");
	struct app second = add_app(tenant, "wx-2", APP_WEB, "open");
	struct app third = add_app(tenant, "wx-3", APP_OFFICIAL, "");
	struct app wrong = {.tenant_id = tenant, .appid = "wx-1", .secret = "s"};
	struct default_app_choice choice = {0};

	(void)state;
	assert_int_equal(first.open_platform_id, second.open_platform_id);
	assert_true(first.open_platform_id != 0);
	assert_int_equal(third.open_platform_id, 0);
	assert_int_equal(second.kind, APP_WEB);

	assert_int_equal(app_add(test_db, &wrong, "", &choice), ERR_PARAMETER);
	wrong.appid = "not an appid";
	assert_int_equal(app_add(test_db, &wrong, "", &choice), ERR_PARAMETER);
	wrong.appid = "wx-4";
	wrong.tenant_id = 12345;
	assert_int_equal(app_add(test_db, &wrong, "open", &choice), ERR_PARAMETER);
	wrong.tenant_id = tenant;
	assert_int_equal(app_add(test_db, &wrong, "open\n", &choice), ERR_PARAMETER);
	assert_int_equal(app_find(test_db, "wx-4", &wrong), ERR_APP_UNKNOWN);
	assert_int_equal(app_find(test_db, "wx-1 ", &wrong), ERR_APP_UNKNOWN);
	assert_int_equal(app_find(test_db, "WX-1", &wrong), ERR_APP_UNKNOWN);
	assert_int_equal(app_list(test_db, see_app, &seen), ERR_NONE);
	assert_int_equal(seen.n, 3);
}

static void test_a_secret_is_sealed_for_its_row(void **state)
{
	struct app app;

	(void)state;
	assert_int_equal(app_find(test_db, "wx-1", &app), ERR_NONE);
	assert_string_equal(app.secret, "0123456789abcdef");
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM app WHERE secret LIKE '%%0123456789%%'"), 0);
	assert_int_equal(sql_number("SELECT COUNT(DISTINCT secret) FROM app"), 3);
	sql("CREATE TEMPORARY TABLE kept SELECT * FROM app; "
	    "UPDATE app SET secret = (SELECT secret FROM kept WHERE appid = 'wx-2') "
	    "WHERE appid = 'wx-1'");
	assert_int_equal(app_find(test_db, "wx-1", &app), ERR_INTEGRITY);
	sql("UPDATE app SET secret = (SELECT secret FROM kept WHERE appid = 'wx-1') "
	    "WHERE appid = 'wx-1'; DROP TABLE kept");
	assert_int_equal(app_find(test_db, "wx-1", &app), ERR_NONE);
}

static void see_key(void *ctx, const struct api_key *key)
{
	struct seen *seen = ctx;

	seen->n++;
	seen->id = key->id;
	assert_true(key->created_us > 0);
	snprintf(seen->name, sizeof(seen->name), "%s%s", key->name,
		key->revoked_us != 0 ? " revoked" : "");
}

static enum err add_key(int32_t tenant_id, const char *name, int32_t scopes, char *text_r)
{
	struct api_key key = {
		.tenant_id = tenant_id, .name = name, .scopes = scopes, .rate_per_s = 7,
	};

	return api_key_add(test_db, &key, NULL, text_r);
}

static void test_api_keys(void **state)
{
	char text[SECRET_TOKEN_SIZE + 1];
	uint8_t hash[CRYPTO_HASH_SIZE];
	struct principal server, named;
	int32_t id;
	struct seen seen = {0};

	(void)state;
	assert_int_equal(add_key(tenant, "a\u2028" "b", 3, text), ERR_PARAMETER);
	assert_int_equal(add_key(tenant, "shop", 3, text), ERR_NONE);
	assert_true(secret_token_is_well_formed(SECRET_TOKEN_PREFIX_KEY, text));
	assert_string_equal(sql_text("SELECT JSON_QUERY(details, '$.scopes') FROM audit "
				     "WHERE action = 'key.add' ORDER BY id DESC LIMIT 1"),
		"[\"read\",\"write\"]");
	crypto_sha256(text, strlen(text), hash);
	assert_int_equal(api_key_find(test_db, hash, &server), ERR_NONE);
	assert_int_equal(server.kind, PRINCIPAL_API_KEY);
	assert_int_equal(server.tenant_id, tenant);
	assert_int_equal(server.scopes, 3);
	assert_string_equal(server.name, "shop");
	assert_int_equal(server.rate_per_s, 7);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM api_key WHERE hash LIKE '%%wxk_%%'"), 0);

	assert_int_equal(api_key_find_named(test_db, "shop", &named), ERR_NONE);
	assert_int_equal(named.kind, PRINCIPAL_API_KEY);
	assert_int_equal(named.tenant_id, tenant);
	assert_int_equal(named.scopes, 3);
	assert_int_equal(named.rate_per_s, 7);
	assert_int_equal(named.key_id, server.key_id);
	assert_int_equal(api_key_find_named(test_db, "sho", &named), ERR_UNAUTHORIZED);

	assert_int_equal(add_key(12345, "shop", 3, text), ERR_PARAMETER);
	assert_int_equal(add_key(tenant, "", 3, text), ERR_PARAMETER);
	assert_int_equal(add_key(tenant, "shop", 0, text), ERR_PARAMETER);
	assert_int_equal(add_key(tenant, "shop", 16, text), ERR_PARAMETER);
	assert_int_equal(add_key(tenant, "shop", SCOPE_WECHAT, text), ERR_PARAMETER);

	id = (int32_t)sql_number("SELECT id FROM api_key WHERE name = 'shop'");
	assert_int_equal(api_key_revoke(test_db, 0, id + 1000), ERR_PARAMETER);
	assert_int_equal(api_key_revoke(test_db, 0, id), ERR_NONE);
	assert_int_equal(api_key_revoke(test_db, 0, id), ERR_NONE);
	assert_int_equal(api_key_find(test_db, hash, &server), ERR_UNAUTHORIZED);
	assert_int_equal(api_key_find_named(test_db, "shop", &named), ERR_UNAUTHORIZED);
	assert_int_equal(api_key_list(test_db, see_key, &seen), ERR_NONE);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.name, "shop revoked");
	assert_string_equal(sql_text("SELECT GROUP_CONCAT(action ORDER BY id) FROM audit "
				     "WHERE subject = 'key %d'", seen.id), "key.add,key.revoke");
	assert_int_equal(sql_number("SELECT COUNT(DISTINCT mac) FROM audit "
				    "WHERE subject = 'key %d'", seen.id), 2);
}

static void test_the_limits_of_a_key(void **state)
{
	struct api_key key = {
		.tenant_id = tenant, .name = "limited", .scopes = SCOPE_WECHAT, .rate_per_s = 7,
		.networks = "192.0.2.0/24", .apps = "wx-1",
	};
	struct api_key after, change = {.rate_per_s = 9};
	char text[SECRET_TOKEN_SIZE + 1];
	uint8_t hash[CRYPTO_HASH_SIZE];
	struct principal server;

	(void)state;
	assert_int_equal(api_key_add(test_db, &key, NULL, text), ERR_NONE);
	crypto_sha256(text, strlen(text), hash);
	assert_int_equal(api_key_find(test_db, hash, &server), ERR_NONE);
	assert_string_equal(server.networks, "192.0.2.0/24");
	assert_int_equal(api_key_find_named(test_db, "limited", &server), ERR_NONE);
	assert_string_equal(server.networks, "192.0.2.0/24");

	change.id = server.key_id;
	assert_int_equal(api_key_change(test_db, &change, NULL, &after), ERR_NONE);
	change = (struct api_key){.id = server.key_id, .networks = "::1", .apps = ""};
	assert_int_equal(api_key_change(test_db, &change, NULL, &after), ERR_NONE);
	assert_string_equal(sql_text("SELECT CONCAT(rate_per_s, networks, apps) FROM api_key "
				     "WHERE id = %d", change.id), "9::1");
	change.networks = "";
	assert_int_equal(api_key_change(test_db, &change, NULL, &after), ERR_PARAMETER);
	change = (struct api_key){.id = server.key_id, .apps = "wx-1,wx-none"};
	assert_int_equal(api_key_change(test_db, &change, NULL, &after), ERR_PARAMETER);
	change.id += 1000;
	assert_int_equal(api_key_change(test_db, &change, NULL, &after), ERR_PARAMETER);
}

#define KEY(scopes_, apps_, networks_, rate, end)                                               \
	{.scopes = scopes_, .apps = apps_, .networks = networks_, .rate_per_s = rate,           \
		.expires_us = end}
#define NETWORKS "192.0.2.0/25,::1"

static void test_what_a_key_has_beyond_another(void **state)
{
	const struct api_key own = KEY(3, "wx-1", NETWORKS, 7, 9), free = KEY(15, "", "", 0, 0);
	const struct {
		struct api_key key;
		int32_t beyond;
	} cases[] = {
		{KEY(3, "wx-1", NETWORKS, 7, 9), 0},
		{KEY(1, "wx-1", "192.0.2.9", 1, 1), 0},
		{KEY(7, "wx-1", NETWORKS, 7, 9), API_KEY_SCOPES},
		{KEY(3, "", NETWORKS, 7, 9), API_KEY_APPS},
		{KEY(3, "wx-1,wx-2", NETWORKS, 7, 9), API_KEY_APPS},
		{KEY(3, "wx-11", NETWORKS, 7, 9), API_KEY_APPS},
		{KEY(3, "wx-1", "", 7, 9), API_KEY_NETWORKS},
		{KEY(3, "wx-1", "192.0.2.0/24", 7, 9), API_KEY_NETWORKS},
		{KEY(3, "wx-1", "::1,192.0.2.200", 7, 9), API_KEY_NETWORKS},
		{KEY(3, "wx-1", "0.0.0.0/0,::/0", 7, 9), API_KEY_NETWORKS},
		{KEY(3, "wx-1", NETWORKS, 8, 9), API_KEY_RATE},
		{KEY(3, "wx-1", NETWORKS, 0, 9), API_KEY_RATE},
		{KEY(3, "wx-1", NETWORKS, 7, 10), API_KEY_END},
		{KEY(3, "wx-1", NETWORKS, 7, 0), API_KEY_END},
		{KEY(15, "", "", 0, 0), API_KEY_SCOPES | API_KEY_APPS | API_KEY_NETWORKS |
				API_KEY_RATE | API_KEY_END},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(api_key_beyond(&own, &cases[i].key), cases[i].beyond);
		assert_int_equal(api_key_beyond(&free, &cases[i].key), 0);
	}
}

/* A giver's key that has ended gives nothing, whatever a worker remembers of it. */
static void test_a_key_that_has_ended_gives_nothing(void **state)
{
	struct api_key key = {.tenant_id = tenant, .name = "ended", .scopes = 1};
	struct api_key_giver giver = {0};
	char text[SECRET_TOKEN_SIZE + 1];

	(void)state;
	assert_int_equal(add_key(tenant, "giver", 1, text), ERR_NONE);
	giver.id = (int32_t)sql_number("SELECT MAX(id) FROM api_key");
	assert_int_equal(api_key_add(test_db, &key, &giver, text), ERR_NONE);
	assert_int_equal(sql_number("SELECT rate_per_s FROM api_key WHERE id = %d", key.id), 7);
	key = (struct api_key){.tenant_id = other_tenant, .name = "ended", .scopes = 1};
	assert_int_equal(api_key_add(test_db, &key, &giver, text), ERR_FORBIDDEN);
	key.tenant_id = tenant;
	sql("UPDATE api_key SET expires_at = UTC_TIMESTAMP(6) WHERE id = %d", giver.id);
	assert_int_equal(api_key_add(test_db, &key, &giver, text), ERR_FORBIDDEN);
	assert_int_equal(giver.lacks & API_KEY_SCOPES, API_KEY_SCOPES);
	sql("UPDATE api_key SET expires_at = NULL, revoked_at = UTC_TIMESTAMP(6) WHERE id = %d",
		giver.id);
	assert_int_equal(api_key_add(test_db, &key, &giver, text), ERR_FORBIDDEN);
}

static enum err find_key(const char *text, struct principal *server_r)
{
	uint8_t hash[CRYPTO_HASH_SIZE];

	crypto_sha256(text, strlen(text), hash);
	return api_key_find(test_db, hash, server_r);
}

static void test_the_use_of_a_key_is_noted_once_a_day(void **state)
{
	char text[SECRET_TOKEN_SIZE + 1];
	struct principal server;

	(void)state;
	assert_int_equal(add_key(tenant, "used", 1, text), ERR_NONE);
	assert_int_equal(find_key(text, &server), ERR_NONE);
	assert_int_equal(sql_number("SELECT used_on = DATE(UTC_TIMESTAMP() + INTERVAL 8 HOUR) "
				    "FROM api_key WHERE id = %d", server.key_id), 1);
	sql("CREATE TRIGGER used BEFORE UPDATE ON api_key FOR EACH ROW SET NEW.rate_per_s = 99");
	assert_int_equal(find_key(text, &server), ERR_NONE);
	assert_int_equal(api_key_find_named(test_db, "used", &server), ERR_NONE);
	assert_int_equal(server.rate_per_s, 7);
	sql("DROP TRIGGER used; UPDATE api_key SET used_on = '2026-01-01' WHERE id = %d",
		server.key_id);
	assert_int_equal(api_key_find_named(test_db, "used", &server), ERR_NONE);
	assert_int_equal(sql_number("SELECT used_on > '2026-01-01' FROM api_key WHERE id = %d",
				    server.key_id), 1);
}

/* Whoever locks the table holds up the note, and nothing else of the request. */
static void test_a_key_whose_use_cannot_be_noted_is_taken(void **state)
{
	char text[SECRET_TOKEN_SIZE + 1];
	struct principal server;

	(void)state;
	assert_int_equal(add_key(tenant, "unnoted", 1, text), ERR_NONE);
	db_begin_request(test_db, NULL);
	sql("LOCK TABLES api_key READ");
	assert_int_equal(find_key(text, &server), ERR_NONE);
	assert_int_equal(db_ping(test_db), ERR_NONE);
	sql("UNLOCK TABLES");
	assert_int_equal(server.kind, PRINCIPAL_API_KEY);
	db_end_request(test_db);
}

static void test_a_key_is_rotated(void **state)
{
	struct api_key_rotation rotation = {.overlap_us = CLOCK_DAY_US};
	char old[SECRET_TOKEN_SIZE + 1], new[SECRET_TOKEN_SIZE + 1];
	struct principal server;

	(void)state;
	assert_int_equal(add_key(tenant, "rotated", 3, old), ERR_NONE);
	assert_int_equal(find_key(old, &server), ERR_NONE);
	rotation.id = server.key_id;
	rotation.tenant_id = other_tenant;
	assert_int_equal(api_key_rotate(test_db, &rotation, new), ERR_ABSENT);
	rotation.tenant_id = tenant;
	assert_int_equal(api_key_rotate(test_db, &rotation, new), ERR_NONE);
	assert_int_equal(find_key(old, &server), ERR_NONE);
	assert_int_equal(server.key_id, rotation.id);
	assert_int_equal(find_key(new, &server), ERR_NONE);
	assert_int_equal(server.key_id, rotation.successor.id);
	assert_int_equal(server.scopes, 3);
	assert_int_equal(server.rate_per_s, 7);
	assert_int_equal(api_key_find_named(test_db, "rotated", &server), ERR_NONE);
	assert_int_equal(server.key_id, rotation.successor.id);
	assert_int_equal(api_key_rotate(test_db, &rotation, new), ERR_PARAMETER);
	sql("UPDATE api_key SET expires_at = UTC_TIMESTAMP(6) WHERE id = %d", rotation.id);
	assert_int_equal(find_key(old, &server), ERR_UNAUTHORIZED);
	assert_int_equal(sql_number("SELECT successor_id = %d FROM api_key WHERE id = %d",
				    rotation.successor.id, rotation.id), 1);
}

/* ---- Settings. */

static int32_t trial_days_of(int32_t tenant_id)
{
	int32_t days;

	assert_int_equal(setting_int(test_db, tenant_id, SETTING_trial_days, &days), ERR_NONE);
	return days;
}

static void see_setting(void *ctx, const struct setting *setting)
{
	struct seen *seen = ctx;

	seen->n++;
	if (strcmp(setting->name, "trial_days") == 0)
		snprintf(seen->name, sizeof(seen->name), "%s", setting->value);
}

static void test_settings(void **state)
{
	static const char *const malformed[] = {"", "x", "-1", "36501", "7 ", "true"};
	struct seen seen = {0};
	bool is_on;

	(void)state;
	assert_int_equal(trial_days_of(tenant), 7);
	assert_int_equal(setting_set(test_db, tenant, "trial_days", "30"), ERR_NONE);
	assert_int_equal(setting_set(test_db, tenant, "trial_days", "31"), ERR_NONE);
	assert_int_equal(trial_days_of(tenant), 31);
	assert_int_equal(trial_days_of(other_tenant), 7);
	for (size_t i = 0; i < N_OF(malformed); i++)
		assert_int_equal(setting_set(test_db, tenant, "trial_days", malformed[i]),
			ERR_PARAMETER);
	assert_int_equal(setting_set(test_db, tenant, "no_such", "1"), ERR_PARAMETER);
	assert_int_equal(setting_set(test_db, 12345, "trial_days", "1"), ERR_PARAMETER);
	assert_int_equal(setting_list(test_db, tenant, see_setting, &seen), ERR_NONE);
	assert_true(seen.n > 1);
	assert_string_equal(seen.name, "31");
	assert_int_equal(setting_list(test_db, 12345, see_setting, &seen), ERR_PARAMETER);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit WHERE action = 'tenant.set' "
				    "AND subject = 'setting trial_days'"), 2);

	assert_int_equal(setting_set(test_db, tenant, "access_token_header", "on"), ERR_PARAMETER);
	assert_int_equal(setting_set(test_db, tenant, "access_token_header", "true"), ERR_NONE);
	assert_int_equal(setting_bool(test_db, tenant, SETTING_access_token_header, &is_on),
		ERR_NONE);
	assert_true(is_on);
	sql("UPDATE setting SET value = 'nonsense'");
	assert_int_equal(setting_bool(test_db, tenant, SETTING_access_token_header, &is_on),
		ERR_NONE);
	assert_false(is_on);
	assert_int_equal(trial_days_of(tenant), 7);
	sql("DELETE FROM setting");
}

/* ---- WeChat users. */

static int32_t save(const struct wechat_user *user)
{
	const struct principal server = server_of(user->tenant_id);
	int32_t id;

	assert_int_equal(wechat_user_save(test_db, &server, user, &id), ERR_NONE);
	return id;
}

static void refuse(const struct wechat_user *user, enum err err)
{
	const struct principal server = server_of(user->tenant_id);
	int32_t id;

	assert_int_equal(wechat_user_save(test_db, &server, user, &id), err);
}

static struct wechat_user find(int32_t id)
{
	const struct principal server = server_of(tenant);
	struct wechat_user user;

	assert_int_equal(wechat_user_by_id(test_db, &server, id, &user), ERR_NONE);
	return user;
}

static void test_a_user_is_saved_and_found(void **state)
{
	const struct wechat_user user = {
		.tenant_id = tenant,
		.openid = "oOne",
		.name = "孙😀",
		.avatar = "https://example.com/1.png",
		.phone = "18300000616",
	};
	const struct principal server = server_of(tenant), other_server = server_of(other_tenant);
	struct wechat_user found;
	int32_t id = save(&user);

	(void)state;
	assert_int_equal(wechat_user_by_openid(test_db, &server, "oOne", &found), ERR_NONE);
	assert_int_equal(found.id, id);
	assert_int_equal(found.tenant_id, tenant);
	assert_string_equal(found.openid, "oOne");
	assert_string_equal(found.name, "孙😀");
	assert_string_equal(found.avatar, "https://example.com/1.png");
	assert_string_equal(found.phone, "18300000616");
	assert_int_equal(found.member_id, 0);
	assert_string_equal(find(id).openid, "oOne");

	assert_int_equal(
		wechat_user_by_openid(test_db, &other_server, "oOne", &found), ERR_USER_UNKNOWN);
	assert_int_equal(wechat_user_by_id(test_db, &other_server, id, &found), ERR_USER_UNKNOWN);
	assert_int_equal(wechat_user_by_openid(test_db, &server, "oone", &found), ERR_USER_UNKNOWN);
	assert_int_equal(
		wechat_user_by_openid(test_db, &server, "oOne ", &found), ERR_USER_UNKNOWN);
	assert_int_equal(wechat_user_by_openid(test_db, &server, "", &found), ERR_USER_UNKNOWN);
	assert_int_equal(wechat_user_by_id(test_db, &server, -1, &found), ERR_USER_UNKNOWN);
}

static void test_null_keeps_and_empty_clears(void **state)
{
	struct wechat_user user = {
		.tenant_id = tenant, .openid = "oKeep", .name = "A", .phone = "1",
	};
	struct wechat_user found;

	(void)state;
	user.id = save(&user);
	user.name = NULL;
	user.avatar = "a";
	user.phone = "";
	user.openid = NULL;
	assert_int_equal(save(&user), user.id);
	found = find(user.id);
	assert_string_equal(found.name, "A");
	assert_string_equal(found.avatar, "a");
	assert_string_equal(found.phone, "");
	assert_string_equal(found.openid, "oKeep");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE id = %d "
				    "AND phone IS NULL AND phone_hash IS NULL", user.id), 1);
}

static void test_what_a_save_refuses(void **state)
{
	struct wechat_user user = {.tenant_id = tenant, .openid = "oRefuse"};

	(void)state;
	user.id = save(&user);
	user.openid = "oElse";
	refuse(&user, ERR_OPENID_FIXED);
	user.openid = "o else";
	refuse(&user, ERR_OPENID_MALFORMED);
	user.openid = "oRefuse";
	user.tenant_id = other_tenant;
	refuse(&user, ERR_USER_UNKNOWN);
	user.tenant_id = tenant;
	user.member_id = 7;
	refuse(&user, ERR_MEMBER_ID_FIXED);
	sql("INSERT INTO member (tenant_id, row_uuid, phone, created_at) "
	    "VALUES (%d, REPEAT('m', 16), '', UTC_TIMESTAMP(6)); "
	    "UPDATE wechat_user SET member_id = LAST_INSERT_ID(), is_only_user = 1 "
	    "WHERE id = %d", tenant, user.id);
	user.member_id = (int32_t)sql_number("SELECT MAX(id) FROM member");
	save(&user);
	assert_int_equal(find(user.id).member_id, user.member_id);
	user.member_id++;
	refuse(&user, ERR_MEMBER_ID_FIXED);
	user = (struct wechat_user){.tenant_id = tenant};
	refuse(&user, ERR_OPENID_MALFORMED);
	user.id = 123456;
	refuse(&user, ERR_USER_UNKNOWN);
	user = (struct wechat_user){.tenant_id = tenant, .openid = "oFresh", .member_id = 1};
	refuse(&user, ERR_MEMBER_ID_FIXED);
}

static void test_a_person_has_the_rows_of_one_account(void **state)
{
	struct app app = add_app(tenant, "wx-own-1", APP_MINI, "own");
	struct app sister = add_app(tenant, "wx-own-2", APP_OFFICIAL, "own");
	struct app foreign = add_app(other_tenant, "wx-own-3", APP_MINI, "");
	int32_t own = log_in(&app, "oOwn1", "uOwn").wechat_user_id;
	int32_t own_too = log_in(&sister, "oOwn2", "uOwn").wechat_user_id;
	int32_t closed[] = {
		log_in(&app, "oOther", NULL).wechat_user_id,
		log_in(&foreign, "oOwn1", NULL).wechat_user_id,
		save(&(struct wechat_user){.tenant_id = tenant, .openid = "oNobodys"}),
		123456,
	};
	struct principal person = {.kind = PRINCIPAL_ACCESS_TOKEN, .tenant_id = tenant};
	struct wechat_user user = find(own), change = {.name = "Mine"};
	int32_t id;

	(void)state;
	person.account_id = user.account_id;
	assert_int_equal(wechat_user_by_id(test_db, &person, own, &user), ERR_NONE);
	assert_int_equal(wechat_user_by_id(test_db, &person, own_too, &user), ERR_NONE);
	assert_int_equal(wechat_user_by_openid(test_db, &person, "oOwn2", &user), ERR_NONE);
	assert_int_equal(
		wechat_user_by_openid(test_db, &person, "oOther", &user), ERR_USER_UNKNOWN);
	assert_int_equal(
		wechat_user_by_openid(test_db, &person, "oNobodys", &user), ERR_USER_UNKNOWN);
	for (size_t i = 0; i < N_OF(closed); i++) {
		assert_int_equal(
			wechat_user_by_id(test_db, &person, closed[i], &user), ERR_USER_UNKNOWN);
		change.id = closed[i];
		assert_int_equal(
			wechat_user_save(test_db, &person, &change, &id), ERR_USER_UNKNOWN);
	}
	change.id = own_too;
	assert_int_equal(wechat_user_save(test_db, &person, &change, &id), ERR_NONE);
	assert_string_equal(find(own_too).name, "Mine");
	change = (struct wechat_user){.openid = "oOwn1", .name = "Mine"};
	assert_int_equal(wechat_user_save(test_db, &person, &change, &id), ERR_NONE);
	assert_int_equal(id, own);
	change.openid = "oOther";
	assert_int_equal(wechat_user_save(test_db, &person, &change, &id), ERR_USER_UNKNOWN);
	change.openid = "oNew";
	assert_int_equal(wechat_user_save(test_db, &person, &change, &id), ERR_USER_UNKNOWN);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE name = 'Mine'"), 2);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oNew'"), 0);
}

static void test_saves_use_up_no_ids(void **state)
{
	const struct wechat_user user = {.tenant_id = tenant, .openid = "oIds", .name = "A"};
	struct wechat_user fresh = {.tenant_id = tenant, .openid = "oIdsNext"};
	int32_t id = save(&user);

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(save(&user), id);
	assert_int_equal(save(&fresh), id + 1);
	assert_int_equal(next_id(), id + 2);
}

static void test_a_save_moves_the_version_if_it_shows(void **state)
{
	struct app app = add_app(tenant, "wx-version", APP_MINI, "");
	struct account before = log_in(&app, "oShows", NULL), after;
	struct wechat_user user = {.tenant_id = tenant, .openid = "oShows", .name = "New"};

	(void)state;
	save(&user);
	after = log_in(&app, "oShows", NULL);
	assert_string_equal(after.name, "New");
	assert_int_equal(after.entity_version, before.entity_version + 1);
	assert_string_not_equal(after.concurrency_stamp, before.concurrency_stamp);
	save(&user);
	user.phone = "";
	save(&user);
	assert_int_equal(log_in(&app, "oShows", NULL).entity_version, after.entity_version);
}

static void test_a_phone_does_not_open_elsewhere(void **state)
{
	const struct wechat_user one = {.tenant_id = tenant, .openid = "oSeal1", .phone = "13511"};
	const struct wechat_user two = {.tenant_id = tenant, .openid = "oSeal2", .phone = "13511"};
	const struct principal server = server_of(tenant);
	struct wechat_user found;
	int32_t from = save(&one), to = save(&two);

	(void)state;
	assert_int_equal(sql_number("SELECT COUNT(DISTINCT phone) FROM wechat_user "
				    "WHERE id IN (%d, %d)", from, to), 2);
	assert_int_equal(sql_number("SELECT COUNT(DISTINCT phone_hash) FROM wechat_user "
				    "WHERE id IN (%d, %d)", from, to), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE phone LIKE '%%13511%%' "
				    "OR phone_hash = UNHEX(SHA2('13511', 256))"), 0);
	sql("UPDATE wechat_user a JOIN wechat_user b ON b.id = %d SET a.phone = b.phone "
	    "WHERE a.id = %d", from, to);
	assert_int_equal(wechat_user_by_id(test_db, &server, to, &found), ERR_NONE);
	assert_string_equal(found.phone, "");
	assert_string_equal(find(from).phone, "13511");
	sql("UPDATE wechat_user SET phone = NULL WHERE id = %d", to);
}

static void test_lists(void **state)
{
	static const size_t sizes[] = {0, 1, 2, 10, 11, 20, 21, 50, 51, 60, 61, 100, N_LISTED};
	const struct wechat_user foreign = {.tenant_id = other_tenant, .openid = "oList"};
	char openid[32];
	const struct wechat_user user = {.tenant_id = tenant, .openid = openid};
	int32_t ids[N_LISTED + 2];
	struct wechat_user_list list;

	(void)state;
	for (int i = 0; i < N_LISTED; i++) {
		snprintf(openid, sizeof(openid), "oList%d", i);
		ids[i] = save(&user);
	}
	ids[N_LISTED] = 987654;
	ids[N_LISTED + 1] = save(&foreign);
	for (size_t i = 0; i < N_OF(sizes); i++) {
		assert_int_equal(
			wechat_user_list(test_db, tenant, ids, sizes[i], &list), ERR_NONE);
		assert_int_equal(list.n_users, sizes[i]);
	}
	assert_int_equal(wechat_user_list(test_db, tenant, ids, N_LISTED + 2, &list), ERR_NONE);
	assert_int_equal(list.n_users, N_LISTED);
	for (size_t i = 0; i < list.n_users; i++)
		assert_true(strncmp(list.users[i].openid, "oList", 5) == 0);
}

/* Each list has the ids of both tenants, beginning with either. */
static void test_lists_leave_out_another_tenants(void **state)
{
	char openid[32];
	const struct wechat_user user = {.tenant_id = tenant, .openid = openid};
	const struct wechat_user foreign = {.tenant_id = other_tenant, .openid = openid};
	int32_t ids[N_LISTED];
	struct wechat_user_list list;

	(void)state;
	for (int i = 0; i < N_LISTED; i++) {
		snprintf(openid, sizeof(openid), "oMixed%d", i);
		ids[i] = save(i % 2 == 0 ? &user : &foreign);
	}
	for (size_t i = 0; i < N_LISTED; i++) {
		const size_t begin = i % 2, n = i - begin;

		assert_int_equal(
			wechat_user_list(test_db, tenant, ids + begin, n, &list), ERR_NONE);
		assert_int_equal(list.n_users, begin == 0 ? (n + 1) / 2 : n / 2);
		for (size_t j = 0; j < list.n_users; j++)
			assert_int_equal(list.users[j].tenant_id, tenant);
	}
}

/* A rule may look into the row that it gave, which is then still its own. */
static void test_another_tenants_row_is_not_even_read(void **state)
{
	const struct wechat_user foreign = {
		.tenant_id = other_tenant, .openid = "oNotOurs", .name = "secret"};
	const struct principal server = server_of(tenant);
	struct wechat_user found, before;

	(void)state;
	memset(&found, 0x5a, sizeof(found));
	before = found;
	assert_int_equal(
		wechat_user_by_id(test_db, &server, save(&foreign), &found), ERR_USER_UNKNOWN);
	assert_memory_equal(&found, &before, sizeof(found));
}

static int save_new_user(int index)
{
	char name[16];
	const struct wechat_user user = {.tenant_id = tenant, .openid = "oRace", .name = name};
	const struct principal server = server_of(tenant);
	int32_t id;

	snprintf(name, sizeof(name), "racer %d", index);
	return wechat_user_save(test_db, &server, &user, &id) == ERR_NONE && id > 0 ? 0 : 1;
}

static void test_parallel_saves_of_one_new_user(void **state)
{
	(void)state;
	assert_int_equal(mariadb_race(N_RACERS, save_new_user), N_RACERS);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oRace'"), 1);
}

/* ---- The rest. */

static void test_the_schema_refuses_too(void **state)
{
	static const char *const malformed[] = {"''", "'o x'", "'o1\\n'", "'\\no1'", "'o1\\no2'",
		"'o;'", "'o1 '", "NULL"};

	(void)state;
	for (size_t i = 0; i < N_OF(malformed); i++)
		assert_true(sql_error("INSERT INTO wechat_user (tenant_id, row_uuid, openid, "
				      "created_at) VALUES (%d, REPEAT('x', 16), %s, "
				      "UTC_TIMESTAMP(6))", tenant, malformed[i]) != 0);
	for (size_t i = 0; i < N_OF(malformed) - 1; i++)
		assert_int_equal(sql_error("UPDATE wechat_user SET unionid = %s LIMIT 1",
					 malformed[i]), ER_CONSTRAINT_FAILED);
	/* An app, as all else, is its tenant's. */
	assert_int_equal(sql_error("INSERT INTO wechat_user (tenant_id, app_id, row_uuid, openid, "
				   "created_at) SELECT %d, id, REPEAT('x', 16), 'oForeign', "
				   "UTC_TIMESTAMP(6) FROM app WHERE appid = 'wx-1'", other_tenant),
		ER_NO_REFERENCED_ROW_2);
	assert_int_equal(sql_error("UPDATE wechat_user SET gender = 3 LIMIT 1"),
		ER_CONSTRAINT_FAILED);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM information_schema.tables "
				    "WHERE table_schema = 'wxuser' AND engine <> 'InnoDB'"), 0);
}

static void test_an_idle_connection_is_closed(void **state)
{
	(void)state;
	assert_int_equal(db_ping(test_db), ERR_NONE);
	db_close_idle(test_db, 60 * 1000000);
	assert_non_null(test_db->conn->mysql);
	db_close_idle(test_db, 0);
	assert_null(test_db->conn->mysql);
	assert_int_equal(db_ping(test_db), ERR_NONE);
}

struct session {
	const char *sql_mode, *time_zone, *isolation, *charset;
	int32_t is_auto_commit;
};

static const struct stmt session_stmt = {
	.text = "SELECT @@sql_mode, @@time_zone, @@tx_isolation, @@character_set_client, "
		"@@autocommit",
	.columns = COLUMNS(COLUMN(struct session, sql_mode, STR),
		COLUMN(struct session, time_zone, STR), COLUMN(struct session, isolation, STR),
		COLUMN(struct session, charset, STR),
		COLUMN(struct session, is_auto_commit, INT32)),
};

static void test_the_session(void **state)
{
	struct session session;

	(void)state;
	assert_int_equal(stmt_need(test_db, &session_stmt, NULL, &session, ERR_ABSENT), ERR_NONE);
	assert_non_null(strstr(session.sql_mode, "STRICT_TRANS_TABLES"));
	assert_string_equal(session.time_zone, "+00:00");
	assert_string_equal(session.isolation, "READ-COMMITTED");
	assert_string_equal(session.charset, "utf8mb4");
	assert_int_equal(session.is_auto_commit, 1);
}

/* ---- The app of calls that name none. */

static void check_default(enum default_app_source source, const char *appid)
{
	struct default_app found;

	assert_int_equal(default_app_find(test_db, &found), ERR_NONE);
	assert_int_equal(found.source, source);
	assert_int_equal(found.appid != NULL, appid != NULL);
	if (appid != NULL)
		assert_string_equal(found.appid, appid);
}

static void add_plainly(const char *appid, const char *default_appid, enum err expected)
{
	const struct app app = {.tenant_id = tenant, .appid = appid, .secret = "s"};
	struct default_app_choice choice = {.appid = default_appid};

	assert_int_equal(app_add(test_db, &app, "", &choice), expected);
}

static void test_the_default_app(void **state)
{
	struct default_app_choice choice = {0};
	int32_t id;

	(void)state;
	check_default(DEFAULT_APP_NONE, NULL);
	add_plainly("wx-first", NULL, ERR_NONE);
	check_default(DEFAULT_APP_ONLY, "wx-first");

	assert_int_equal(tenant_add(test_db, "three", &choice, &id), ERR_PARAMETER);
	assert_true(choice.is_needed);
	add_plainly("wx-second", NULL, ERR_PARAMETER);
	add_plainly("wx-second", "wx-none", ERR_PARAMETER);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM app"), 1);
	add_plainly("wx-second", "wx-second", ERR_NONE);
	check_default(DEFAULT_APP_CHOSEN, "wx-second");
	add_plainly("wx-third", NULL, ERR_NONE);
	check_default(DEFAULT_APP_CHOSEN, "wx-second");
	assert_int_equal(tenant_add(test_db, "three", &choice, &id), ERR_NONE);

	choice.appid = "wx-first";
	assert_int_equal(default_app_set(test_db, &choice), ERR_NONE);
	check_default(DEFAULT_APP_CHOSEN, "wx-first");
	choice.appid = "wx-none";
	assert_int_equal(default_app_set(test_db, &choice), ERR_PARAMETER);
	assert_true(choice.is_unknown);
	check_default(DEFAULT_APP_CHOSEN, "wx-first");

	sql("UPDATE app SET is_default = NULL");
	check_default(DEFAULT_APP_NONE, NULL);
	test_conf->http_default_app = "wx-configured";
	check_default(DEFAULT_APP_CONFIGURED, "wx-configured");
	test_conf->http_default_app = "";
	add_plainly("wx-fourth", NULL, ERR_NONE);
	sql("DELETE FROM app; DELETE FROM tenant WHERE name = 'three'");
}

static int add_rival(int index)
{
	char appid[sizeof("wx-rival-000")];
	const struct app app = {.tenant_id = tenant, .appid = appid, .secret = "s"};
	struct default_app_choice choice = {0};

	snprintf(appid, sizeof(appid), "wx-rival-%d", index);
	return app_add(test_db, &app, "", &choice) == ERR_NONE ? 0 : -1;
}

static void test_of_two_first_apps_one_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mariadb_race(4, add_rival), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM app"), 1);
	sql("DELETE FROM app");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statements),
		cmocka_unit_test(test_the_session),
		cmocka_unit_test(test_a_connection_keeps_the_statements_that_it_used_last),
		cmocka_unit_test(test_migrate_again),
		cmocka_unit_test(test_migrations_at_the_same_time),
		cmocka_unit_test(test_a_migration_cut_off_in_the_middle),
		cmocka_unit_test(test_a_database_that_others_use),
		cmocka_unit_test(test_tenants),
		cmocka_unit_test(test_a_tenant_is_changed),
		cmocka_unit_test(test_the_default_app),
		cmocka_unit_test(test_of_two_first_apps_one_is_refused),
		cmocka_unit_test(test_apps),
		cmocka_unit_test(test_a_secret_is_sealed_for_its_row),
		cmocka_unit_test(test_api_keys),
		cmocka_unit_test(test_the_limits_of_a_key),
		cmocka_unit_test(test_what_a_key_has_beyond_another),
		cmocka_unit_test(test_a_key_that_has_ended_gives_nothing),
		cmocka_unit_test(test_the_use_of_a_key_is_noted_once_a_day),
		cmocka_unit_test(test_a_key_whose_use_cannot_be_noted_is_taken),
		cmocka_unit_test(test_a_key_is_rotated),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_a_user_is_saved_and_found),
		cmocka_unit_test(test_null_keeps_and_empty_clears),
		cmocka_unit_test(test_what_a_save_refuses),
		cmocka_unit_test(test_a_person_has_the_rows_of_one_account),
		cmocka_unit_test(test_saves_use_up_no_ids),
		cmocka_unit_test(test_a_save_moves_the_version_if_it_shows),
		cmocka_unit_test(test_a_phone_does_not_open_elsewhere),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_lists_leave_out_another_tenants),
		cmocka_unit_test(test_another_tenants_row_is_not_even_read),
		cmocka_unit_test(test_parallel_saves_of_one_new_user),
		cmocka_unit_test(test_the_schema_refuses_too),
		cmocka_unit_test(test_an_idle_connection_is_closed),
	};

	return cmocka_run_group_tests(tests, set_up, mariadb_close);
}
