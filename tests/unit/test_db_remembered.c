#include "unit.h"

#include <stdatomic.h>
#include <string.h>

#include "api_key.h"
#include "api_key_find.h"
#include "app_push.h"
#include "arena.h"
#include "crypto.h"
#include "db.h"
#include "default_app.h"
#include "logins.h"
#include "mariadb.h"
#include "setting.h"

#define LONG_NAME                                                                               \
	"六十四个汉字的名字六十四个汉字的名字六十四个汉字的名字六十四个汉字的名字"              \
	"六十四个汉字的名字六十四个汉字的名字六十四个汉字的名字六"

#define KEY_1 "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
#define KEY_2 "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

static _Atomic uint32_t n_changes;
static char api_key[SECRET_TOKEN_SIZE + 1];
static uint8_t key_hash[CRYPTO_HASH_SIZE];

static void set_push(const char *token, const char *key)
{
	const struct app_push_change change = {.appid = "wx-mini", .token = token, .key = key};

	assert_int_equal(app_push_set(test_db, &change), ERR_NONE);
}

static int open_all(void **state)
{
	struct api_key key = {.name = LONG_NAME, .scopes = SCOPE_READ};

	logins_open(state);
	key.tenant_id = tenant;
	assert_int_equal(api_key_add(test_db, &key, NULL, api_key), ERR_NONE);
	crypto_sha256(api_key, strlen(api_key), key_hash);
	set_push("Token1", KEY_1);
	db_remember(test_db, &n_changes);
	return 0;
}

/* What is found, as text in another arena than the look-up's. */
static const char *describe(struct arena *arena)
{
	struct default_app preset;
	struct principal server;
	struct app app;
	struct app_push push;
	int32_t days;
	bool has_tokens;

	assert_int_equal(default_app_find(test_db, &preset), ERR_NONE);
	assert_int_equal(app_find(test_db, "wx-mini", &app), ERR_NONE);
	assert_int_equal(app_push_find(test_db, "wx-mini", &push), ERR_NONE);
	assert_int_equal(api_key_find(test_db, key_hash, &server), ERR_NONE);
	assert_int_equal(setting_int(test_db, tenant, SETTING_trial_days, &days), ERR_NONE);
	assert_int_equal(setting_bool(test_db, tenant, SETTING_access_token_header, &has_tokens),
		ERR_NONE);
	return arena_printf(arena, "%d %s; %d %d %s %d %s %d; %d %s %s %s %s; %d %d %d %s; %d %d",
		preset.source, preset.appid, app.id, app.tenant_id, app.appid, app.kind, app.secret,
		app.open_platform_id, push.app_id, push.appid, push.token, push.key,
		push.previous_key, server.kind, server.tenant_id, server.scopes, server.name, days,
		has_tokens);
}

static void change_all(void)
{
	set_push("Token2", KEY_2);
	sql("UPDATE app SET kind = 1 WHERE appid = 'wx-mini'; "
	    "UPDATE app SET is_default = NULL; "
	    "UPDATE app SET is_default = 1 WHERE appid = 'wx-mini'; "
	    "UPDATE api_key SET scopes = 2; "
	    "INSERT INTO setting VALUES (%d, 'trial_days', '9'), "
	    "(%d, 'access_token_header', 'true')",
		tenant, tenant);
}

static void what_was_found_is_remembered_until_a_change_is_told(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	const char *before = describe(arena), *after;
	struct db *worker = test_db;

	(void)state;
	/* As wxuserctl, or another host. */
	test_db = db_new(test_conf, test_keys);
	change_all();
	db_free(test_db);
	test_db = worker;
	assert_string_equal(describe(arena), before);
	n_changes++;
	after = describe(arena);
	assert_string_equal(after, arena_printf(arena, "%d wx-mini; %d %d wx-mini 1 "
		"0123456789abcdef %d; %d wx-mini Token2 " KEY_2 " " KEY_1 "; %d %d 2 " LONG_NAME
		"; 9 1", DEFAULT_APP_CHOSEN, mini.id, tenant, mini.open_platform_id, mini.id,
		PRINCIPAL_API_KEY, tenant));
	assert_string_equal(describe(arena), after);
	arena_free(arena);
}

static void a_worker_tells_of_its_own_change(void **state)
{
	const uint32_t before = n_changes;
	int32_t days;

	(void)state;
	assert_int_equal(setting_int(test_db, tenant, SETTING_trial_days, &days), ERR_NONE);
	assert_int_equal(setting_set(test_db, tenant, "trial_days", "x"), ERR_PARAMETER);
	assert_int_equal(n_changes, before);
	assert_int_equal(setting_set(test_db, tenant, "trial_days", "11"), ERR_NONE);
	assert_true(n_changes > before);
	assert_int_equal(setting_int(test_db, tenant, SETTING_trial_days, &days), ERR_NONE);
	assert_int_equal(days, 11);
}

static void a_result_outlives_the_memory(void **state)
{
	struct default_app preset;
	struct principal server;
	struct app app, again;

	(void)state;
	assert_int_equal(app_find(test_db, "wx-mini", &app), ERR_NONE);
	assert_int_equal(app_find(test_db, "wx-mini", &app), ERR_NONE);
	assert_int_equal(default_app_find(test_db, &preset), ERR_NONE);
	assert_int_equal(default_app_find(test_db, &preset), ERR_NONE);
	assert_int_equal(api_key_find(test_db, key_hash, &server), ERR_NONE);
	assert_true(api_key_recall(test_db, key_hash, &server));
	n_changes++;
	assert_false(api_key_recall(test_db, key_hash, &server));
	assert_int_equal(app_find(test_db, "wx-official", &again), ERR_NONE);
	assert_string_equal(app.secret, "0123456789abcdef");
	assert_string_equal(app.appid, "wx-mini");
	assert_string_equal(preset.appid, "wx-mini");
	assert_string_equal(server.name, LONG_NAME);
}

static void an_app_is_named_by_its_id(void **state)
{
	const char *first, *again, *after;

	(void)state;
	assert_int_equal(app_find_appid(test_db, tenant, mini.id, &first), ERR_NONE);
	sql("UPDATE app SET appid = 'wx-renamed' WHERE appid = 'wx-mini'");
	assert_int_equal(app_find_appid(test_db, tenant, mini.id, &again), ERR_NONE);
	n_changes++;
	assert_int_equal(app_find_appid(test_db, tenant, mini.id, &after), ERR_NONE);
	assert_string_equal(first, "wx-mini");
	assert_string_equal(again, "wx-mini");
	assert_string_equal(after, "wx-renamed");
	assert_int_equal(app_find_appid(test_db, tenant + 1, mini.id, &after), ERR_APP_UNKNOWN);
	sql("UPDATE app SET appid = 'wx-mini' WHERE appid = 'wx-renamed'");
	n_changes++;
}

static void a_key_s_name_is_not_the_key(void **state)
{
	struct principal server;

	(void)state;
	assert_int_equal(api_key_find_named(test_db, LONG_NAME, &server), ERR_NONE);
	sql("UPDATE api_key SET revoked_at = UTC_TIMESTAMP(6)");
	assert_int_equal(api_key_find(test_db, key_hash, &server), ERR_UNAUTHORIZED);
	assert_int_equal(server.kind, PRINCIPAL_ANONYMOUS);
	assert_int_equal(api_key_find_named(test_db, LONG_NAME, &server), ERR_NONE);
	n_changes++;
	assert_int_equal(api_key_find_named(test_db, LONG_NAME, &server), ERR_UNAUTHORIZED);
	sql("UPDATE api_key SET revoked_at = NULL");
}

static void what_is_not_there_is_not_remembered(void **state)
{
	struct app app;
	struct default_app_choice choice = {0};
	const struct app later = {.tenant_id = tenant, .appid = "wx-later", .secret = "s"};
	int32_t days;

	(void)state;
	assert_int_equal(app_find(test_db, "wx-later", &app), ERR_APP_UNKNOWN);
	assert_int_equal(app_add(test_db, &later, "", &choice), ERR_NONE);
	assert_int_equal(app_find(test_db, "wx-later", &app), ERR_NONE);
	assert_int_equal(setting_int(test_db, 12345, SETTING_trial_days, &days), ERR_NONE);
	assert_int_equal(days, SETTING_PRESET_trial_days);
}

static void the_longest_secret_is_whole(void **state)
{
	char secret[129] = {0};
	struct app app;

	(void)state;
	memset(secret, 'x', sizeof(secret) - 1);
	assert_int_equal(app_set_secret(test_db, "wx-mini", secret), ERR_NONE);
	n_changes++;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(app_find(test_db, "wx-mini", &app), ERR_NONE);
		assert_string_equal(app.secret, secret);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_found_is_remembered_until_a_change_is_told),
		cmocka_unit_test(a_worker_tells_of_its_own_change),
		cmocka_unit_test(a_result_outlives_the_memory),
		cmocka_unit_test(an_app_is_named_by_its_id),
		cmocka_unit_test(a_key_s_name_is_not_the_key),
		cmocka_unit_test(what_is_not_there_is_not_remembered),
		cmocka_unit_test(the_longest_secret_is_whole),
	};

	return cmocka_run_group_tests(tests, open_all, mariadb_close);
}
