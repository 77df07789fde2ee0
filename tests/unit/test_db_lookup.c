#include "unit.h"

#include "both_texts.h"
#include "confirmed_phone.h"
#include "logins.h"
#include "lookup_columns.h"
#include "lookup_keys.h"
#include "mariadb.h"
#include "member.h"
#include "statements.h"
#include "stmt.h"

static struct app app;

static int set_up(void **state)
{
	mariadb_open(state);
	app = add_app(add_tenant("one"), "wx-lookup", APP_MINI, "");
	lookup_keys_open();
	return 0;
}

static int tear_down(void **state)
{
	lookup_keys_close();
	return mariadb_close(state);
}

static int begin(void **state)
{
	(void)state;
	sql("DELETE FROM member");
	lookup_keys_follow(0);
	return 0;
}

static void check_both(void *ctx, const struct stmt *stmt)
{
	size_t *n = ctx;

	if (!both_texts_needed(lookup_keys, stmt->params))
		return;
	++*n;
	if (stmt_check(test_db, stmt) != 0)
		fail_msg("%s: %s", stmt->text, db_err_text(test_db));
}

static void every_look_up_can_be_by_both_keys(void **state)
{
	size_t n = 0;

	(void)state;
	statements_each(check_both, &n);
	assert_int_equal(n, 0);
	lookup_keys_follow(1);
	statements_each(check_both, &n);
	assert_in_range(n, 10, 32);
}

static enum err store(const char *phone)
{
	struct member member = {.tenant_id = app.tenant_id, .phone = phone};

	member_fill(&member);
	return member_insert(test_db, &member);
}

static enum err find(const char *phone)
{
	const struct member key = {.tenant_id = app.tenant_id, .phone = phone};
	struct member found;

	return member_find(test_db, &key, &found);
}

static enum err ignore_batch(void *ctx, int64_t n_rows)
{
	*(int64_t *)ctx += n_rows;
	return ERR_NONE;
}

static int64_t n_rows;
static const struct lookup_pass pass = {ignore_batch, &n_rows};

static void all_are_found_in_each_step(void **state)
{
	static const char *const phones[] = {"13800000000", "13800000001", "13800000002"};

	(void)state;
	for (int step = 0; step < 3; step++) {
		lookup_keys_follow(step);
		assert_int_equal(store(phones[step]), ERR_NONE);
		if (step == 1)
			assert_int_equal(lookup_columns_fill(test_db, &pass), ERR_NONE);
		/* One step behind, and one ahead. */
		for (int behind = step == 0 ? 0 : step - 1; behind <= step; behind++) {
			lookup_keys_follow(behind);
			for (int i = 0; i <= step && (behind > 0 || i < 2); i++) {
				assert_int_equal(find(phones[i]), ERR_NONE);
				assert_int_equal(store(phones[i]), ERR_DUPLICATE);
			}
		}
	}
	assert_int_equal(sql_number("SELECT COUNT(DISTINCT phone_hash_next) FROM member"), 3);
	lookup_keys_follow(2);
	assert_int_equal(lookup_columns_move(test_db, &pass), ERR_NONE);
	lookup_keys_follow(3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(find(phones[i]), ERR_NONE);
		assert_int_equal(store(phones[i]), ERR_DUPLICATE);
	}
	assert_int_equal(store("13800000003"), ERR_NONE);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM member WHERE phone_hash_next IS NULL"), 1);
}

static void count_made(void *ctx, int32_t number)
{
	int64_t *n = ctx;

	n[number]++;
}

static void hashes_are_counted_by_key(void **state)
{
	int64_t n[3] = {0};

	(void)state;
	assert_int_equal(store("13800000000"), ERR_NONE);
	lookup_keys_follow(2);
	assert_int_equal(store("13800000001"), ERR_NONE);
	assert_int_equal(store("13800000002"), ERR_NONE);
	sql("UPDATE member SET phone_hash = REPEAT('x', 32) ORDER BY id DESC LIMIT 1");
	assert_int_equal(lookup_columns_count(test_db, count_made, n), ERR_NONE);
	assert_int_equal(n[0], 1);
	assert_int_equal(n[1], 1);
	assert_int_equal(n[2], 1);
}

/* A rotation that was killed, and is repeated from its step's beginning. */
static void a_pass_that_is_repeated_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(store("13800000000"), ERR_NONE);
	for (int step = 1; step < 3; step++) {
		lookup_keys_follow(step);
		for (int i = 0; i < 2; i++) {
			sql("CREATE OR REPLACE TABLE kept AS SELECT * FROM member");
			assert_int_equal(step == 1 ? lookup_columns_fill(test_db, &pass)
						   : lookup_columns_move(test_db, &pass), ERR_NONE);
			assert_int_equal(sql_number("SELECT COUNT(*) FROM member JOIN kept "
				"USING (id, phone_hash, phone_hash_next)"), i);
		}
	}
	sql("DROP TABLE kept");
}

static struct uuid account_of(int n)
{
	struct uuid id = {{0}};

	id.bytes[0] = (uint8_t)n;
	sql("INSERT INTO account (id, tenant_id, email, security_stamp, concurrency_stamp, "
	    "created_at) VALUES (UNHEX(RPAD(HEX(%d), 32, '0')), %d, 'a', '', '', "
	    "UTC_TIMESTAMP(6))", n, app.tenant_id);
	return id;
}

static void confirm(int n, const char *phone)
{
	const struct confirmed_phone confirmed = {
		.tenant_id = app.tenant_id, .account_id = account_of(n), .phone = phone,
	};

	sql("INSERT INTO wechat_user (tenant_id, row_uuid, openid, app_id, account_id, created_at) "
	    "SELECT tenant_id, id, 'o%d', %d, id, UTC_TIMESTAMP(6) FROM account "
	    "WHERE HEX(id) LIKE '%02X%%'", n, app.id, n);
	assert_int_equal(confirmed_phone_set(test_db, &confirmed, PHONE_BY_KEY), ERR_NONE);
}

static struct uuid holder_of(const char *phone)
{
	struct uuid id;

	assert_int_equal(confirmed_phone_find_holder(test_db, app.tenant_id, phone, &id), ERR_NONE);
	return id;
}

/* Of the second nobody knows the number any more. */
static void a_confirmation_without_a_number_stays_with_its_key(void **state)
{
	int64_t n;

	(void)state;
	assert_int_equal(store("13800000001"), ERR_NONE);
	confirm(0x81, "13800000001");
	confirm(0x82, "13800000002");
	lookup_keys_follow(1);
	assert_int_equal(lookup_columns_fill(test_db, &pass), ERR_NONE);
	lookup_keys_follow(2);
	assert_int_equal(lookup_columns_move(test_db, &pass), ERR_NONE);
	assert_int_equal(lookup_columns_count_left(test_db, &n), ERR_NONE);
	assert_int_equal(n, 1);
	assert_int_equal(holder_of("13800000001").bytes[0], 0x81);
	assert_int_equal(holder_of("13800000002").bytes[0], 0x82);
	sql("UPDATE account SET confirmed_phone_at = confirmed_phone_at - INTERVAL 366 DAY "
	    "WHERE HEX(id) LIKE '82%%'");
	assert_int_equal(lookup_columns_count_left(test_db, &n), ERR_NONE);
	assert_int_equal(n, 0);
	lookup_keys_follow(3);
	assert_int_equal(holder_of("13800000001").bytes[0], 0x81);
	assert_true(uuid_is_nil(holder_of("13800000002")));
	/* What this rotation has left beside does not look like that of the next one, to key 1. */
	assert_int_equal(lookup_columns_clear(test_db, &pass), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account "
		"WHERE confirmed_phone_hash_next IS NOT NULL"), 0);
	secret_keys_replace(lookup_keys, 1, 1);
	assert_int_equal(lookup_columns_fill(test_db, &pass), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account "
		"WHERE confirmed_phone_hash_next <> confirmed_phone_hash"), 1);
}

/* Of a key that was given up in step 1: it must not be moved for that of the next one. */
static void what_a_lost_key_has_left_beside_is_cleared(void **state)
{
	(void)state;
	assert_int_equal(store("13800000005"), ERR_NONE);
	confirm(0x85, "13800000005");
	sql("UPDATE member SET phone_hash_next = REPEAT('x', 32)");
	sql("UPDATE account SET confirmed_phone_hash_next = REPEAT('y', 32) "
	    "WHERE HEX(id) LIKE '85%%'");
	assert_int_equal(lookup_columns_clear(test_db, &pass), ERR_NONE);
	lookup_keys_follow(1);
	assert_int_equal(lookup_columns_fill(test_db, &pass), ERR_NONE);
	lookup_keys_follow(2);
	assert_int_equal(lookup_columns_move(test_db, &pass), ERR_NONE);
	lookup_keys_follow(3);
	assert_int_equal(find("13800000005"), ERR_NONE);
	assert_int_equal(holder_of("13800000005").bytes[0], 0x85);
}

static int64_t n_unknown;

static void count_unknown(void *ctx, int32_t number)
{
	(void)ctx;
	n_unknown += number == LOOKUP_KEY_UNKNOWN;
}

/* The first was stored before the rotation, the second while it was in step 1. */
static void a_hash_without_a_text_is_moved_or_counted(void **state)
{
	(void)state;
	assert_int_equal(store("13800000001"), ERR_NONE);
	lookup_keys_follow(1);
	assert_int_equal(store("13800000002"), ERR_NONE);
	sql("UPDATE member SET phone = INSERT(phone, 20, 1, x'00')");
	sql("UPDATE member SET phone = INSERT(phone, 21, 1, x'00')");
	assert_int_equal(lookup_columns_fill(test_db, &pass), ERR_NONE);
	lookup_keys_follow(2);
	assert_int_equal(lookup_columns_move(test_db, &pass), ERR_NONE);
	assert_int_equal(find("13800000001"), ERR_INTEGRITY);
	n_unknown = 0;
	assert_int_equal(lookup_columns_count(test_db, count_unknown, NULL), ERR_NONE);
	assert_int_equal(n_unknown, 1);
	lookup_keys_follow(3);
	assert_int_equal(find("13800000001"), ERR_MEMBER_UNKNOWN);
	assert_int_equal(find("13800000002"), ERR_INTEGRITY);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_look_up_can_be_by_both_keys, begin),
		cmocka_unit_test_setup(all_are_found_in_each_step, begin),
		cmocka_unit_test_setup(hashes_are_counted_by_key, begin),
		cmocka_unit_test_setup(a_pass_that_is_repeated_changes_nothing, begin),
		cmocka_unit_test_setup(a_confirmation_without_a_number_stays_with_its_key, begin),
		cmocka_unit_test_setup(what_a_lost_key_has_left_beside_is_cleared, begin),
		cmocka_unit_test_setup(a_hash_without_a_text_is_moved_or_counted, begin),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
