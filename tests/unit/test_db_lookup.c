#include "unit.h"

#include "both_texts.h"
#include "confirmed_phone.h"
#include "logins.h"
#include "lookup_columns.h"
#include "lookup_confirmed.h"
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

static enum err note_batch(void *ctx, int64_t n_read, int64_t n_written)
{
	(void)n_read;
	*(int64_t *)ctx += n_written;
	return ERR_NONE;
}

static int64_t n_written;
static const struct lookup_pass pass = {note_batch, &n_written};

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

static void count_made(void *ctx, const struct lookup_hash *hash)
{
	int64_t *n = ctx;

	n[hash->number]++;
}

static void hashes_are_counted_by_key(void **state)
{
	int64_t n[3] = {0};
	struct lookup_count count = {.hash = count_made, .ctx = n};

	(void)state;
	assert_int_equal(store("13800000000"), ERR_NONE);
	lookup_keys_follow(2);
	assert_int_equal(store("13800000001"), ERR_NONE);
	assert_int_equal(store("13800000002"), ERR_NONE);
	sql("UPDATE member SET phone_hash = REPEAT('x', 32) ORDER BY id DESC LIMIT 1");
	assert_int_equal(lookup_columns_count(test_db, &count), ERR_NONE);
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
	assert_int_equal(lookup_confirmed_count_left(test_db, &n), ERR_NONE);
	assert_int_equal(n, 1);
	assert_int_equal(holder_of("13800000001").bytes[0], 0x81);
	assert_int_equal(holder_of("13800000002").bytes[0], 0x82);
	sql("UPDATE account SET confirmed_phone_at = confirmed_phone_at - INTERVAL 366 DAY "
	    "WHERE HEX(id) LIKE '82%%'");
	assert_int_equal(lookup_confirmed_count_left(test_db, &n), ERR_NONE);
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

static void count_unknown(void *ctx, const struct lookup_hash *hash)
{
	*(int64_t *)ctx += hash->number == LOOKUP_KEY_UNKNOWN;
}

/* The first was stored before the rotation, the second while it was in step 1. */
static void a_hash_without_a_text_is_moved_or_counted(void **state)
{
	int64_t n_unknown = 0;
	struct lookup_count count = {.hash = count_unknown, .ctx = &n_unknown};

	(void)state;
	assert_int_equal(store("13800000001"), ERR_NONE);
	lookup_keys_follow(1);
	assert_int_equal(store("13800000002"), ERR_NONE);
	sql("UPDATE member SET phone = INSERT(phone, 20, 1, x'00')");
	sql("UPDATE member SET phone = INSERT(phone, 21, 1, x'00')");
	assert_int_equal(lookup_columns_fill(test_db, &pass), ERR_NONE);
	lookup_keys_follow(2);
	assert_int_equal(lookup_columns_move(test_db, &pass), ERR_NONE);
	assert_int_equal(find("13800000001"), ERR_NONE);
	assert_int_equal(lookup_columns_count(test_db, &count), ERR_NONE);
	assert_int_equal(n_unknown, 1);
	lookup_keys_follow(3);
	assert_int_equal(find("13800000001"), ERR_MEMBER_UNKNOWN);
	assert_int_equal(find("13800000002"), ERR_NONE);
}

/* As a host does that stores something too late. */
static void what_another_key_has_hashed_is_made_anew(void **state)
{
	struct verified_column *columns;
	int64_t n_wrong = 0;
	size_t n;

	(void)state;
	assert_int_equal(store("13800000006"), ERR_NONE);
	confirm(0x86, "13800000006");
	assert_int_equal(store("13800000007"), ERR_NONE);
	sql("UPDATE member SET phone_hash = REPEAT('x', 32) ORDER BY id DESC LIMIT 1");
	lookup_keys_follow(3);
	assert_int_equal(store("13800000008"), ERR_NONE);
	assert_int_equal(find("13800000006"), ERR_MEMBER_UNKNOWN);
	assert_int_equal(lookup_columns_verify(test_db, &columns, &n), ERR_NONE);
	for (size_t i = 0; i < n; i++)
		n_wrong += columns[i].n_wrong;
	assert_int_equal(n_wrong, 2);
	n_written = 0;
	assert_int_equal(lookup_columns_move(test_db, &pass), ERR_NONE);
	assert_int_equal(n_written, 2);
	assert_true(uuid_is_nil(holder_of("13800000006")));
	assert_int_equal(lookup_confirmed_find(test_db, &pass), ERR_NONE);
	assert_int_equal(n_written, 3);
	assert_int_equal(find("13800000006"), ERR_NONE);
	assert_int_equal(find("13800000007"), ERR_NONE);
	assert_int_equal(holder_of("13800000006").bytes[0], 0x86);
	assert_int_equal(lookup_columns_verify(test_db, &columns, &n), ERR_NONE);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(columns[i].n_wrong, 0);
}

static struct lookup_hash stuck;

static void note_stuck(void *ctx, const struct lookup_hash *hash)
{
	(void)ctx;
	if (!hash->is_looked_up)
		stuck = *hash;
}

static void rotate_columns(void)
{
	lookup_keys_follow(1);
	assert_int_equal(lookup_columns_fill(test_db, &pass), ERR_NONE);
	lookup_keys_follow(2);
	assert_int_equal(lookup_columns_move(test_db, &pass), ERR_NONE);
}

/* The other one has the hash of a lost key, whichever was stored first. */
static void who_is_found_by_a_phone_keeps_it_in_a_rotation(void **state)
{
	struct lookup_count count = {.hash = note_stuck};
	const char *order[] = {"MIN", "MAX"};
	int64_t lost;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		begin(state);
		lookup_keys_follow(3);
		assert_int_equal(store("13800000009"), ERR_NONE);
		lookup_keys_follow(0);
		assert_int_equal(store("13800000009"), ERR_NONE);
		lost = sql_number("SELECT %s(id) FROM member", order[i]);
		sql("CREATE OR REPLACE TABLE kept AS SELECT MAX(phone_hash) hash FROM member "
		    "WHERE id = (SELECT MAX(id) FROM member)");
		sql("UPDATE member SET phone_hash = REPEAT('x', 32), phone_hash_next = NULL "
		    "WHERE id = %d", (int)lost);
		sql("UPDATE member SET phone_hash = (SELECT hash FROM kept), "
		    "phone_hash_next = NULL WHERE id <> %d", (int)lost);
		sql("DROP TABLE kept");
		rotate_columns();
		assert_int_equal(lookup_columns_count(test_db, &count), ERR_NONE);
		assert_int_equal(stuck.id, lost);
		assert_int_equal(stuck.number, 0);
		sql("DELETE FROM member WHERE id <> %d", (int)lost);
		assert_int_equal(lookup_columns_move(test_db, &pass), ERR_NONE);
		assert_int_equal(sql_number(
			"SELECT COUNT(*) FROM member WHERE phone_hash = phone_hash_next"), 1);
	}
}

/* Which one of two is right the operator must say. */
static void of_two_members_with_one_phone_one_keeps_its_hash(void **state)
{
	struct lookup_count count = {.hash = note_stuck};

	(void)state;
	lookup_keys_follow(3);
	assert_int_equal(store("13800000009"), ERR_NONE);
	lookup_keys_follow(0);
	assert_int_equal(store("13800000009"), ERR_NONE);
	lookup_keys_follow(3);
	assert_int_equal(lookup_columns_move(test_db, &pass), ERR_NONE);
	assert_int_equal(lookup_columns_count(test_db, &count), ERR_NONE);
	assert_string_equal(stuck.table, "member");
	assert_int_equal(stuck.number, 1);
	assert_int_equal(stuck.tenant_id, app.tenant_id);
	assert_int_equal(stuck.id, sql_number("SELECT MAX(id) FROM member"));
}

/* It was stored in step 2, after the hashes beside were filled. */
static void a_number_that_comes_back_moves_its_confirmation(void **state)
{
	int64_t n;

	(void)state;
	sql("DELETE FROM wechat_user; DELETE FROM account");
	confirm(0x8a, "13800000010");
	lookup_keys_follow(1);
	assert_int_equal(lookup_columns_fill(test_db, &pass), ERR_NONE);
	lookup_keys_follow(2);
	assert_int_equal(store("13800000010"), ERR_NONE);
	assert_int_equal(lookup_columns_move(test_db, &pass), ERR_NONE);
	assert_int_equal(lookup_confirmed_count_left(test_db, &n), ERR_NONE);
	assert_int_equal(n, 1);
	assert_int_equal(lookup_confirmed_find(test_db, &pass), ERR_NONE);
	assert_int_equal(lookup_confirmed_count_left(test_db, &n), ERR_NONE);
	assert_int_equal(n, 0);
	lookup_keys_follow(3);
	assert_int_equal(holder_of("13800000010").bytes[0], 0x8a);
}

/* 230 of them, in batches; one that was moved stays. */
static void confirmations_without_a_number_are_given_up(void **state)
{
	int64_t n;

	(void)state;
	sql("DELETE FROM wechat_user; DELETE FROM account");
	for (int i = 0; i < 230; i++) {
		char phone[16];

		snprintf(phone, sizeof(phone), "139%08d", i);
		confirm(0x10 + i, phone);
	}
	assert_int_equal(store("13900000000"), ERR_NONE);
	lookup_keys_follow(1);
	assert_int_equal(lookup_columns_fill(test_db, &pass), ERR_NONE);
	lookup_keys_follow(2);
	assert_int_equal(lookup_columns_move(test_db, &pass), ERR_NONE);
	assert_int_equal(lookup_confirmed_count_left(test_db, &n), ERR_NONE);
	assert_int_equal(n, 229);
	sql("UPDATE wechat_user SET changed_at = '2026-01-01'");
	assert_int_equal(lookup_confirmed_give_up(test_db, &pass), ERR_NONE);
	assert_int_equal(lookup_confirmed_count_left(test_db, &n), ERR_NONE);
	assert_int_equal(n, 0);
	assert_int_equal(holder_of("13900000000").bytes[0], 0x10);
	assert_true(uuid_is_nil(holder_of("13900000001")));
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account"), 230);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user "
		"WHERE changed_at > '2026-01-01'"), 229);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM audit WHERE action = 'keys.give_up'"), 3);
	assert_int_equal(sql_number("SELECT COUNT(DISTINCT subject) FROM audit "
		"WHERE action = 'phone.lose' AND tenant_id = %d "
		"AND details = '{\"by\":\"keys.give_up\"}'", app.tenant_id), 229);
	assert_int_equal(sql_number("SELECT SUM(JSON_VALUE(details, '$.confirmations')) "
		"FROM audit WHERE action = 'keys.give_up'"), 229);
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
		cmocka_unit_test_setup(what_another_key_has_hashed_is_made_anew, begin),
		cmocka_unit_test_setup(of_two_members_with_one_phone_one_keeps_its_hash, begin),
		cmocka_unit_test_setup(a_number_that_comes_back_moves_its_confirmation, begin),
		cmocka_unit_test_setup(who_is_found_by_a_phone_keeps_it_in_a_rotation, begin),
		cmocka_unit_test_setup(confirmations_without_a_number_are_given_up, begin),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
