/* WeChat's token of an app: what is kept of it, who asks for the next one, and who gets it. */

#include "unit.h"

#include "api_key.h"
#include "api_key_find.h"
#include "clock.h"
#include "logins.h"
#include "mariadb.h"
#include "wechat_token.h"
#include "wechat_token_reader.h"

#define CLAIM_US (5 * CLOCK_SECOND_US)

static struct kept_token keep(const char *text, int64_t expires_in_s)
{
	const struct wechat_token token = {.text = text, .expires_in_s = expires_in_s};
	struct kept_token kept;

	assert_int_equal(wechat_token_keep(test_db, &mini, &token, &kept), ERR_NONE);
	assert_string_equal(kept.text, text);
	return kept;
}

static struct kept_token seek(const struct app *app, const char *refused)
{
	struct kept_token token;

	assert_int_equal(wechat_token_seek(test_db, app, refused, CLAIM_US, &token), ERR_NONE);
	return token;
}

static void forget(void)
{
	sql("DELETE FROM wechat_token");
}

static int64_t lifetime_s(void)
{
	return sql_number("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), expires_at + INTERVAL 1 "
			  "SECOND) FROM wechat_token WHERE app_id = %d", mini.id);
}

static void test_a_token_is_kept_until_shortly_before_its_end(void **state)
{
	struct kept_token kept;

	(void)state;
	forget();
	assert_int_equal(seek(&mini, NULL).state, TOKEN_CLAIMED);
	kept = keep("81_first", 7200);
	assert_int_equal(kept.left_s, 6900);
	assert_in_range(lifetime_s(), 6890, 6900);
	kept = seek(&mini, NULL);
	assert_int_equal(kept.state, TOKEN_VALID);
	assert_string_equal(kept.text, "81_first");
	assert_in_range(kept.left_s, 6890, 6900);
	assert_int_equal(seek(&official, NULL).state, TOKEN_CLAIMED);
	keep("81_second", 300);
	assert_in_range(lifetime_s(), 50, 60);
	assert_string_equal(seek(&mini, NULL).text, "81_second");
	sql("UPDATE wechat_token SET expires_at = UTC_TIMESTAMP(6)");
	assert_int_equal(seek(&mini, NULL).state, TOKEN_CLAIMED);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM wechat_token WHERE token IS NOT NULL"), 1);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM wechat_token WHERE token LIKE '%%81_%%'"), 0);
}

static void test_only_the_refused_token_is_dropped(void **state)
{
	struct kept_token old = keep("81_old", 7200), newer = keep("81_new", 7200);

	(void)state;
	assert_int_equal(wechat_token_drop(test_db, &old), ERR_NONE);
	assert_string_equal(seek(&mini, NULL).text, "81_new");
	assert_int_equal(wechat_token_drop(test_db, &newer), ERR_NONE);
	assert_int_equal(seek(&mini, NULL).state, TOKEN_CLAIMED);
}

static void test_others_wait_for_who_has_claimed(void **state)
{
	(void)state;
	forget();
	assert_int_equal(seek(&mini, NULL).state, TOKEN_CLAIMED);
	assert_int_equal(seek(&mini, NULL).state, TOKEN_ASKED);
	keep("81_x", 7200);
	assert_int_equal(seek(&mini, NULL).state, TOKEN_VALID);

	/* A token that is refused is good for all who have not met the refusal. */
	assert_int_equal(seek(&mini, "81_x").state, TOKEN_CLAIMED);
	assert_int_equal(seek(&mini, "81_x").state, TOKEN_ASKED);
	assert_int_equal(seek(&mini, NULL).state, TOKEN_VALID);
	assert_int_equal(seek(&mini, "81_older").state, TOKEN_VALID);
	keep("81_y", 7200);
	assert_string_equal(seek(&mini, "81_x").text, "81_y");
}

static void test_a_claim_ends(void **state)
{
	(void)state;
	forget();
	assert_int_equal(seek(&mini, NULL).state, TOKEN_CLAIMED);
	sql("UPDATE wechat_token SET asked_until = UTC_TIMESTAMP(6)");
	assert_int_equal(seek(&mini, NULL).state, TOKEN_CLAIMED);
	assert_int_equal(seek(&mini, NULL).state, TOKEN_ASKED);
}

static void test_a_failure_is_not_repeated_at_once(void **state)
{
	(void)state;
	forget();
	assert_int_equal(seek(&mini, NULL).state, TOKEN_CLAIMED);
	assert_int_equal(wechat_token_fail(test_db, &mini), ERR_NONE);
	sql("UPDATE wechat_token SET failed_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
	assert_int_equal(seek(&mini, NULL).state, TOKEN_FAILED);
	sql("UPDATE wechat_token SET failed_at = UTC_TIMESTAMP(6) - INTERVAL 2 SECOND");
	assert_int_equal(seek(&mini, NULL).state, TOKEN_CLAIMED);
}

static int claim(int index)
{
	struct kept_token token;

	(void)index;
	return wechat_token_seek(test_db, &mini, "81_x", CLAIM_US, &token) == ERR_NONE &&
			token.state == TOKEN_CLAIMED
		? 0
		: 1;
}

static void test_of_many_at_once_one_claims(void **state)
{
	(void)state;
	forget();
	assert_int_equal(mariadb_race(8, claim), 1);
	keep("81_x", 7200);
	assert_int_equal(mariadb_race(8, claim), 1);
}

static void test_a_claimed_row_is_not_purged(void **state)
{
	(void)state;
	forget();
	assert_int_equal(seek(&mini, NULL).state, TOKEN_CLAIMED);
	assert_int_equal(purged(wechat_token_purge), 0);
	assert_int_equal(wechat_token_fail(test_db, &mini), ERR_NONE);
	assert_int_equal(purged(wechat_token_purge), 1);
}

/* ---- Who gets it. */

static struct principal add_key(const char *apps)
{
	struct api_key key = {
		.tenant_id = tenant, .name = "php", .scopes = SCOPE_WECHAT, .networks = "::1",
		.apps = apps,
	};
	char text[SECRET_TOKEN_SIZE + 1];
	uint8_t hash[CRYPTO_HASH_SIZE];
	struct principal server;

	assert_int_equal(api_key_add(test_db, &key, NULL, text), ERR_NONE);
	crypto_sha256(text, strlen(text), hash);
	assert_int_equal(api_key_find(test_db, hash, &server), ERR_NONE);
	return server;
}

static int64_t n_audited(const char *action, const struct principal *key)
{
	return sql_number("SELECT COUNT(*) FROM audit WHERE action = '%s' AND actor = 'php' AND "
			  "details = '{\"key\":%d}'", action, key->key_id);
}

static void test_a_key_is_audited_once_an_hour(void **state)
{
	const struct principal key = add_key(NULL), other = add_key("wx-mini");

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(wechat_token_note_reader(test_db, &key, &mini), ERR_NONE);
	assert_int_equal(n_audited("app.token", &key), 1);
	assert_int_equal(wechat_token_note_reader(test_db, &key, &official), ERR_NONE);
	assert_int_equal(n_audited("app.token", &key), 2);
	assert_int_equal(wechat_token_note_reader(test_db, &other, &mini), ERR_NONE);
	assert_int_equal(n_audited("app.token", &other), 1);

	sql("UPDATE wechat_token_reader SET audited_at = audited_at - INTERVAL 61 MINUTE");
	for (int i = 0; i < 3; i++)
		assert_int_equal(wechat_token_note_reader(test_db, &key, &mini), ERR_NONE);
	assert_int_equal(n_audited("app.token", &key), 3);
	assert_string_equal(sql_text("SELECT subject FROM audit ORDER BY id DESC LIMIT 1"),
		"app wx-mini");
}

static void test_a_key_is_for_its_apps(void **state)
{
	const struct principal key = add_key("wx-official");
	struct principal foreign = key;

	(void)state;
	foreign.tenant_id++;
	assert_int_equal(wechat_token_note_reader(test_db, &key, &official), ERR_NONE);
	assert_int_equal(wechat_token_note_reader(test_db, &key, &mini), ERR_ABSENT);
	assert_int_equal(n_audited("app.token", &key), 1);
}

static void pass_s(int seconds)
{
	sql("UPDATE sms_counter SET begins_at = begins_at - INTERVAL %d SECOND "
	    "WHERE kind LIKE 'token%%'", seconds);
}

static void test_few_forced_calls_a_day(void **state)
{
	const struct principal key = add_key(NULL);
	int32_t wait_s;

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(
			wechat_token_count_forced(test_db, &key, &mini, &wait_s), ERR_NONE);
		assert_int_equal(
			wechat_token_count_forced(test_db, &key, &mini, &wait_s), ERR_RATE);
		assert_in_range(wait_s, 30, 40);
		pass_s(40);
	}
	assert_int_equal(wechat_token_count_forced(test_db, &key, &mini, &wait_s), ERR_RATE);
	assert_in_range(wait_s, 86400 - 10 * 40 - 60, 86400 - 10 * 40);
	assert_int_equal(wechat_token_count_forced(test_db, &key, &official, &wait_s), ERR_NONE);
	assert_int_equal(n_audited("app.token_forced", &key), 11);
	pass_s(86400 - 10 * 40);
	assert_int_equal(wechat_token_count_forced(test_db, &key, &mini, &wait_s), ERR_NONE);
	pass_s(40);
	assert_int_equal(wechat_token_count_forced(test_db, &key, &mini, &wait_s), ERR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_token_is_kept_until_shortly_before_its_end),
		cmocka_unit_test(test_only_the_refused_token_is_dropped),
		cmocka_unit_test(test_others_wait_for_who_has_claimed),
		cmocka_unit_test(test_a_claim_ends),
		cmocka_unit_test(test_a_failure_is_not_repeated_at_once),
		cmocka_unit_test(test_of_many_at_once_one_claims),
		cmocka_unit_test(test_a_claimed_row_is_not_purged),
		cmocka_unit_test(test_a_key_is_audited_once_an_hour),
		cmocka_unit_test(test_a_key_is_for_its_apps),
		cmocka_unit_test(test_few_forced_calls_a_day),
	};

	return cmocka_run_group_tests_name("db_wechat_token", tests, logins_open, mariadb_close);
}
