#include "unit.h"

#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "connection.h"
#include "key_check.h"
#include "key_host.h"
#include "key_uses.h"
#include "key_verify.h"
#include "logins.h"
#include "mariadb.h"
#include "secret_keys.h"

#define N_RACERS 8

static struct app app;

static int set_up(void **state)
{
	mariadb_open(state);
	app = add_app(add_tenant("one"), "wx-keys", APP_MINI, "");
	return 0;
}

static int begin(void **state)
{
	(void)state;
	sql("DELETE FROM key_check");
	return 0;
}

/* The columns that the schema made for sealed values are those that the statements name, and each
 * can be read. */
static void no_sealed_column_is_forgotten(void **state)
{
	struct verified_column *columns;
	size_t n;

	(void)state;
	assert_int_equal(key_verify_sealed(test_db, VERIFY_FIRST, &columns, &n), ERR_NONE);
	assert_int_equal(n, sql_number("SELECT COUNT(*) FROM information_schema.columns "
				       "WHERE table_schema = 'wxuser' "
				       "AND " SQL_IS_SEALED));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(1,
			sql_number("SELECT COUNT(*) FROM information_schema.columns "
				   "WHERE table_schema = 'wxuser' AND table_name = '%s' "
				   "AND column_name = '%s' AND " SQL_IS_SEALED,
				columns[i].table, columns[i].name));
}

static int64_t n_apps(const struct verified_column *columns, size_t n, int64_t *closed_r)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(columns[i].table, "app") != 0 || strcmp(columns[i].name, "secret") != 0)
			continue;
		*closed_r = columns[i].n_wrong;
		return columns[i].n_values;
	}
	return -1;
}

static void without_keys_a_sealed_value_is_an_error(void **state)
{
	struct db *db = db_new(test_conf, NULL);
	struct app found;

	(void)state;
	assert_int_equal(app_find(db, "wx-keys", &found), ERR_INTERNAL);
	assert_int_equal(db->error.kind, DB_ERROR_KEYS);
	assert_non_null(strstr(db->error.message, "which was not read from"));
	db_free(db);
}

static void all_values_are_tried_in_batches(void **state)
{
	struct verified_column *columns;
	int64_t closed;
	size_t n;

	(void)state;
	sql("INSERT INTO app (tenant_id, row_uuid, appid, kind, secret, created_at) SELECT %d, "
	    "UNHEX(MD5(seq)), CONCAT('wx-', seq), 0, REPEAT('x', 40), UTC_TIMESTAMP(6) "
	    "FROM seq_1_to_2500", app.tenant_id);
	assert_int_equal(key_verify_sealed(test_db, VERIFY_ALL, &columns, &n), ERR_NONE);
	assert_int_equal(n_apps(columns, n, &closed), 2501);
	assert_int_equal(closed, 2500);
	assert_int_equal(key_verify_sealed(test_db, VERIFY_FIRST, &columns, &n), ERR_NONE);
	assert_int_equal(n_apps(columns, n, &closed), 1000);
	assert_int_equal(closed, 999);
	sql("DELETE FROM app WHERE id <> %d", app.id);
}

/* Eight hosts, each with keys and numbers of its own. */
static int come_first(int index)
{
	char error[256], path[SECRET_KEY_KINDS][128];
	struct conf conf = *test_conf;
	const char **names[] = {
		&conf.keys_sealing, &conf.keys_lookup, &conf.keys_erasure, &conf.keys_audit,
	};
	struct secret_keys *keys;
	const char *refusal;
	struct db *db;
	enum err err;

	for (int i = 0; i < SECRET_KEY_KINDS; i++) {
		snprintf(path[i], sizeof(path[i]), "%s-%d-%d", test_conf->keys_sealing, index, i);
		*names[i] = path[i];
		assert_int_equal(secret_key_file_create(path[i], (uint16_t)(index + 1)), 0);
	}
	keys = secret_keys_load(&conf, error, sizeof(error));
	for (int i = 0; i < SECRET_KEY_KINDS; i++)
		unlink(path[i]);
	db = db_new(&conf, keys);
	err = key_check(db, &refusal);
	db_free(db);
	secret_keys_free(keys);
	return err == ERR_NONE ? 0 : -1;
}

static void of_several_who_come_first_one_is_it(void **state)
{
	(void)state;
	sql("DELETE FROM app; DELETE FROM audit");
	assert_int_equal(mariadb_race(N_RACERS, come_first), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM key_check"),
		SECRET_KEY_KINDS);
}

/* The other host has made its keys known after this one has looked. */
static void keys_of_another_are_not_forgotten(void **state)
{
	struct key_uses uses;
	const char *refusal;

	(void)state;
	assert_int_equal(key_uses_find(test_db, &uses), ERR_NONE);
	assert_int_equal(key_check(test_db, &refusal), ERR_NONE);
	for (int kind = 0; kind < SECRET_KEY_KINDS; kind++)
		assert_int_equal(key_forget(test_db, &uses, kind), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM key_check"),
		SECRET_KEY_KINDS);
	assert_int_equal(key_uses_find(test_db, &uses), ERR_NONE);
	assert_int_equal(key_forget(test_db, &uses, SECRET_KEY_LOOKUP), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM key_check WHERE kind <> 1"), 3);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM key_check"), 3);
}

static void key_host_read(void *ctx, const struct key_host *host)
{
	*(bool *)ctx = host->is_settled;
}

static bool is_settled_after(int seconds)
{
	bool is_settled = false;

	sql("UPDATE key_host SET since = UTC_TIMESTAMP(6) - INTERVAL %d SECOND", seconds);
	assert_int_equal(key_host_each(test_db, key_host_read, &is_settled), ERR_NONE);
	return is_settled;
}

/* Before it serves; and whoever has other files says so within a minute. */
static void a_worker_notes_its_keys_at_once_and_each_minute(void **state)
{
	struct key_looks looks = {0};

	(void)state;
	sql("DELETE FROM key_host");
	assert_int_equal(key_host_need(test_db, &looks), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM key_host"), 1);
	sql("DELETE FROM key_host");
	assert_int_equal(key_host_need(test_db, &looks), ERR_NONE);
	key_host_follow(test_db, &looks);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM key_host"), 0);
	looks.next_us = 1;
	key_host_follow(test_db, &looks);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM key_host"), 1);
	assert_false(is_settled_after(50));
	assert_true(is_settled_after(3600));
	sql("DELETE FROM key_host");
}

static void note_keys(int64_t drain_ms)
{
	struct key_looks looks = {.next_us = 1};

	test_conf->server_drain_timeout_ms = drain_ms;
	key_host_follow(test_db, &looks);
}

/* The command may run on a host whose services drain faster. */
static void a_host_is_settled_by_its_own_configuration(void **state)
{
	const int64_t drain_ms = test_conf->server_drain_timeout_ms;

	(void)state;
	sql("DELETE FROM key_host");
	note_keys(7200 * 1000);
	test_conf->server_drain_timeout_ms = drain_ms;
	assert_false(is_settled_after(3600));
	/* A reload has made it shorter; the process of before still drains. */
	note_keys(drain_ms);
	assert_false(is_settled_after(3600));
	assert_true(is_settled_after(7300));
	note_keys(drain_ms);
	assert_true(is_settled_after(3600));
	sql("DELETE FROM key_host");
}

static void add_key(int number)
{
	sql("INSERT INTO key_check (kind, number, check_value, place, created_at, used_from) "
	    "VALUES (1, %d, REPEAT('x', 32), 2, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))", number);
}

/* It does not go on with what it knew a minute ago, and not without a key that others use. */
static void a_worker_serves_only_with_the_keys_in_use(void **state)
{
	struct key_looks looks = {0};

	(void)state;
	assert_int_equal(key_host_need(test_db, &looks), ERR_NONE);
	add_key(9);
	assert_int_equal(key_host_need(test_db, &looks), ERR_NONE);
	looks.known_us -= 61 * CLOCK_SECOND_US;
	assert_int_equal(key_host_need(test_db, &looks), ERR_INTERNAL);
	sql("DELETE FROM key_check WHERE number = 9");
	assert_int_equal(key_host_need(test_db, &looks), ERR_INTERNAL);
	looks.refused_us -= 2 * CLOCK_SECOND_US;
	assert_int_equal(key_host_need(test_db, &looks), ERR_NONE);
	add_key(9);
	looks.next_us = 1;
	key_host_follow(test_db, &looks);
	assert_int_equal(key_host_need(test_db, &looks), ERR_INTERNAL);
}

static void key_host_read_steps(void *ctx, const struct key_host *host)
{
	int *n = ctx;

	n[host->has_steps]++;
	if (host->has_steps)
		assert_int_equal(host->followed, LOOKUP_PROGRESS(1, LOOKUP_STEP_NONE));
	assert_int_equal(host->lookup, host->has_steps);
}

/* As an older release notes itself, on a host that has both. */
static void an_older_release_is_seen(void **state)
{
	struct key_looks looks = {.next_us = 1};
	int n[2] = {0};

	(void)state;
	sql("DELETE FROM key_host");
	key_host_follow(test_db, &looks);
	sql("INSERT INTO key_host (host, sealing, audit, since, seen_at) "
	    "SELECT host, 1, 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) FROM key_host "
	    "ON DUPLICATE KEY UPDATE sealing = 1");
	looks.next_us = 1;
	key_host_follow(test_db, &looks);
	assert_int_equal(key_host_each(test_db, key_host_read_steps, n), ERR_NONE);
	assert_int_equal(n[0], 1);
	assert_int_equal(n[1], 1);
	sql("DELETE FROM key_host");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_sealed_column_is_forgotten, begin),
		cmocka_unit_test_setup(without_keys_a_sealed_value_is_an_error, begin),
		cmocka_unit_test_setup(all_values_are_tried_in_batches, begin),
		cmocka_unit_test_setup(of_several_who_come_first_one_is_it, begin),
		cmocka_unit_test_setup(keys_of_another_are_not_forgotten, begin),
		cmocka_unit_test_setup(a_worker_notes_its_keys_at_once_and_each_minute, begin),
		cmocka_unit_test_setup(a_host_is_settled_by_its_own_configuration, begin),
		cmocka_unit_test_setup(a_worker_serves_only_with_the_keys_in_use, begin),
		cmocka_unit_test_setup(an_older_release_is_seen, begin),
	};

	return cmocka_run_group_tests(tests, set_up, mariadb_close);
}
