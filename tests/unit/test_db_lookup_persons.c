#include "unit.h"

#include "account_merge.h"
#include "account_unmerge.h"
#include "confirmed_phone.h"
#include "erasure.h"
#include "logins.h"
#include "lookup_columns.h"
#include "lookup_keys.h"
#include "mariadb.h"
#include "member_binding.h"
#include "phone_attempt.h"
#include "region.h"
#include "resident.h"
#include "resident_phone.h"
#include "setting.h"
#include "transaction.h"
#include "verify_code.h"
#include "whole_person.h"

#define PHONE "13800000001"
#define OWNER "oCodes"

static const struct principal shop = {.kind = PRINCIPAL_API_KEY, .name = "shop"};

/* The steps that processes may be in at one moment, in the order in which they do something. */
static const struct {
	int first, second;
} pairs[] = {{0, 1}, {1, 0}, {1, 1}, {1, 2}, {2, 1}, {2, 2}};

static int set_up(void **state)
{
	logins_open(state);
	sql("INSERT IGNORE INTO region VALUES (43, 1, '湖南省'), (4301, 2, '长沙市'), "
	    "(430102, 3, '芙蓉区'), (430102001, 4, '文艺路街道'), "
	    "(430102001001, 5, '识字里社区居委会'), (11, 1, '北京市'), (1101, 2, '市辖区'), "
	    "(110101, 3, '东城区'), (110101001, 4, '东华门街道'), "
	    "(110101001001, 5, '多福巷社区居委会')");
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
	sql("DELETE FROM sms_counter; DELETE FROM verify_code");
	lookup_keys_follow(0);
	return 0;
}

/* ---- Codes by SMS. */

static struct code_scope place_of(const char *phone)
{
	return (struct code_scope){
		.tenant_id = tenant,
		.purpose = VERIFY_CODE_OWN_PHONE,
		.phone = phone,
		.openid = OWNER,
	};
}

static enum err make(const char *phone, struct verify_code *code_r)
{
	const struct code_scope place = place_of(phone);

	return verify_code_make(test_db, &place, &shop, NULL, code_r);
}

static enum err try(const char *phone, const char *digits)
{
	const struct code_scope place = place_of(phone);
	int64_t id;

	return verify_code_try(test_db, &place, digits, &id);
}

static void let_pass(int minutes)
{
	sql("UPDATE sms_counter SET begins_at = begins_at - INTERVAL %d MINUTE; UPDATE verify_code "
	    "SET expires_at = expires_at - INTERVAL %d MINUTE", minutes, minutes);
}

static void a_phone_gets_one_code_a_minute_in_all_steps(void **state)
{
	struct verify_code code;

	for (size_t i = 0; i < N_OF(pairs); i++) {
		begin(state);
		lookup_keys_follow(pairs[i].first);
		assert_int_equal(make(PHONE, &code), ERR_NONE);
		if (pairs[i].first + pairs[i].second == 1)
			continue; /* before step 1 nobody looks for both */
		lookup_keys_follow(pairs[i].second);
		assert_int_equal(make(PHONE, &code), ERR_SMS_RATE);
		assert_in_range(code.wait_s, 1, 60);
	}
}

/* Three an hour of one owner for one phone, by processes one step apart. */
static void a_limit_holds_through_a_rotation(void **state)
{
	static const int steps[] = {0, 1, 2, 1};
	struct verify_code code;

	(void)state;
	for (size_t i = 0; i < N_OF(steps); i++) {
		lookup_keys_follow(steps[i]);
		assert_int_equal(make(PHONE, &code), i < 3 ? ERR_NONE : ERR_SMS_RATE);
		let_pass(2);
	}
	lookup_keys_follow(2);
	assert_int_equal(make(PHONE, &code), ERR_SMS_RATE);
	/* What was asked for in step 2 is the new key's. */
	let_pass(60);
	assert_int_equal(make(PHONE, &code), ERR_NONE);
	assert_int_equal(sql_number("SELECT SUM(n_sent) FROM sms_counter WHERE kind = 'phone_day'"),
		4);
	lookup_keys_follow(3);
	for (int i = 0; i < 2; i++) {
		let_pass(2);
		assert_int_equal(make(PHONE, &code), ERR_NONE);
	}
	let_pass(2);
	assert_int_equal(make(PHONE, &code), ERR_SMS_RATE);
	let_pass(60);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(make(PHONE, &code), ERR_NONE);
		let_pass(2);
	}
	let_pass(60);
	assert_int_equal(make(PHONE, &code), ERR_NONE);
	let_pass(2);
	assert_int_equal(make(PHONE, &code), ERR_SMS_RATE); /* 10 a day */
}

/* Two processes that did not see each other. */
static void of_one_slot_with_both_keys_both_counts_hold(void **state)
{
	struct slot_limit limit = {
		.kind = "phone_hour", .subject = PHONE, .n_slots = 1, .n_most = 3, .window_s = 3600,
	};
	int32_t n, wait_s;

	(void)state;
	lookup_keys_follow(0);
	assert_int_equal(slot_limit_take(test_db, tenant, &limit, 1, &wait_s), ERR_NONE);
	lookup_keys_follow(3);
	assert_int_equal(slot_limit_take(test_db, tenant, &limit, 1, &wait_s), ERR_NONE);
	lookup_keys_follow(2);
	assert_int_equal(slot_limit_look(test_db, tenant, &limit, &n), ERR_NONE);
	assert_int_equal(n, 2);
	assert_int_equal(slot_limit_take(test_db, tenant, &limit, 1, &wait_s), ERR_NONE);
	assert_int_equal(slot_limit_take(test_db, tenant, &limit, 1, &wait_s), ERR_RATE);
	sql("UPDATE sms_counter SET begins_at = begins_at - INTERVAL 1 HOUR");
	assert_int_equal(slot_limit_take(test_db, tenant, &limit, 1, &wait_s), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM sms_counter"), 1);
}

/* Both rows count, and one message is given back. */
static void of_one_slot_with_both_keys_one_count_is_given_back(void **state)
{
	struct slot_limit limit = {
		.kind = "phone_hour", .subject = PHONE, .n_slots = 1, .n_most = 9, .window_s = 3600,
	};
	int32_t n, wait_s;

	for (int n_each = 1; n_each <= 2; n_each++) {
		begin(state);
		for (int i = 0; i < 2 * n_each; i++) {
			lookup_keys_follow(i < n_each ? 0 : 3);
			assert_int_equal(
				slot_limit_take(test_db, tenant, &limit, 1, &wait_s), ERR_NONE);
		}
		assert_int_equal(sql_number("SELECT COUNT(*) FROM sms_counter"), 2);
		lookup_keys_follow(2);
		assert_int_equal(slot_limit_give_back(test_db, tenant, &limit), ERR_NONE);
		assert_int_equal(slot_limit_look(test_db, tenant, &limit, &n), ERR_NONE);
		assert_int_equal(n, 2 * n_each - 1);
	}
}

static void what_is_withdrawn_is_given_back_by_another_step(void **state)
{
	const struct code_scope place = place_of(PHONE);
	struct verify_code code;

	for (size_t i = 0; i < N_OF(pairs); i++) {
		begin(state);
		lookup_keys_follow(pairs[i].first);
		assert_int_equal(make(PHONE, &code), ERR_NONE);
		if (pairs[i].second == 0)
			continue;
		lookup_keys_follow(pairs[i].second);
		assert_int_equal(verify_code_withdraw(test_db, &place, &code, CODE_COUNTS_NOT),
			ERR_NONE);
		assert_int_equal(make(PHONE, &code), ERR_NONE);
	}
}

static void a_person_gets_five_numbers_a_day_in_all_steps(void **state)
{
	const struct principal person = {
		.kind = PRINCIPAL_ACCESS_TOKEN, .tenant_id = tenant, .account_id = uuid_random(),
	};
	static const int steps[] = {0, 1, 2, 1, 2, 2};
	struct phone_attempt attempt;
	int32_t n_taken, n_most;

	(void)state;
	for (size_t i = 0; i < N_OF(steps); i++) {
		lookup_keys_follow(steps[i]);
		assert_int_equal(phone_attempt_begin(test_db, &person, &attempt),
			i < 5 ? ERR_NONE : ERR_RATE);
		if (i < 5)
			assert_int_equal(
				phone_attempt_end(test_db, &attempt, true, false), ERR_NONE);
	}
	for (int step = 1; step < 4; step++) {
		lookup_keys_follow(step);
		assert_int_equal(
			phone_attempt_count(test_db, tenant, &n_taken, &n_most), ERR_NONE);
		assert_int_equal(n_taken, 5);
	}
}

/* Uses up the owner's tries by two codes. */
static void use_tries_up(const char *first_phone, const char *second_phone)
{
	const char *phones[] = {first_phone, second_phone};
	struct verify_code code;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(make(phones[i], &code), ERR_NONE);
		for (int n = 0; n < 5; n++)
			assert_int_equal(
				try(phones[i], wrong_code(code.digits)), ERR_VERIFY_CODE_WRONG);
	}
}

static void an_owner_without_tries_has_some_after_an_hour(void **state)
{
	struct verify_code code;

	for (size_t i = 0; i < N_OF(pairs); i++) {
		begin(state);
		lookup_keys_follow(pairs[i].first);
		use_tries_up("13800000011", "13800000012");
		if (pairs[i].second == 0)
			continue;
		lookup_keys_follow(pairs[i].second);
		assert_int_equal(make("13800000013", &code), ERR_NONE);
		assert_int_equal(try("13800000013", code.digits), ERR_VERIFY_CODE_TRIES);
		let_pass(61);
		assert_int_equal(make("13800000014", &code), ERR_NONE);
		assert_int_equal(
			try("13800000014", wrong_code(code.digits)), ERR_VERIFY_CODE_WRONG);
		assert_int_equal(try("13800000014", code.digits), ERR_NONE);
	}
}

/* Of a release that made rows with both keys. */
static void of_tries_with_both_keys_both_are_over_after_an_hour(void **state)
{
	struct verify_code code;

	(void)state;
	lookup_keys_follow(3);
	assert_int_equal(make("13800000010", &code), ERR_NONE);
	lookup_keys_follow(0);
	use_tries_up("13800000011", "13800000012");
	let_pass(61);
	lookup_keys_follow(2);
	assert_int_equal(make("13800000013", &code), ERR_NONE);
	assert_int_equal(try("13800000013", wrong_code(code.digits)), ERR_VERIFY_CODE_WRONG);
	assert_int_equal(try("13800000013", code.digits), ERR_NONE);
}

/* ---- Residents. */

static void save_resident(const char *openid, const char *phone, const char *name, bool has_code)
{
	const struct principal server = server_of(tenant);
	struct verify_code code = {.digits = ""};
	struct code_scope place = {
		.tenant_id = tenant, .purpose = VERIFY_CODE_PHONE, .phone = phone,
	};
	struct resident_change change = {
		.openid = openid, .name = name, .phone = phone, .region_code = 430102001001,
		.verify_code = code.digits,
	};
	struct saved_resident saved;

	if (has_code) {
		sql("DELETE FROM sms_counter WHERE kind <> 'owner_tries'");
		assert_int_equal(
			verify_code_find_owner(test_db, &server, openid, &place), ERR_NONE);
		assert_int_equal(
			verify_code_make(test_db, &place, &server, NULL, &code), ERR_NONE);
	}
	assert_int_equal(resident_save(test_db, &server, &change, &saved), ERR_NONE);
}

static enum err ignore_batch(void *ctx, int64_t n_read, int64_t n_written)
{
	(void)ctx;
	(void)n_read;
	(void)n_written;
	return ERR_NONE;
}

static const struct lookup_pass pass = {ignore_batch, NULL};

static const char *confirmed_phone_of(int32_t wechat_user_id)
{
	const char *phone;
	enum err err = resident_phone_find_confirmed(test_db, tenant, wechat_user_id, &phone);

	return err == ERR_NONE ? phone : err_name(err);
}

static void erase(const char *openid)
{
	const struct erasure erasure = {
		.tenant_id = tenant, .app_id = mini.id, .appid = mini.appid, .openid = openid,
		.actor = "test",
	};
	struct erased erased;

	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
}

/* Confirmed by a process in one step, and saved again by one in the other. */
static void a_phone_of_a_resident_is_found_in_all_steps(void **state)
{
	int32_t id;

	for (size_t i = 0; i < N_OF(pairs); i++) {
		begin(state);
		log_in(&mini, "oResident", NULL);
		id = (int32_t)sql_number("SELECT id FROM wechat_user WHERE openid = 'oResident'");
		lookup_keys_follow(pairs[i].first);
		save_resident("oResident", PHONE, "张三", true);
		lookup_keys_follow(pairs[i].second);
		assert_string_equal(confirmed_phone_of(id), PHONE);
		save_resident("oResident", PHONE, "张三丰", false);
		for (int step = pairs[i].second; step <= pairs[i].second + 1; step++) {
			lookup_keys_follow(step == 3 ? 2 : step);
			assert_string_equal(confirmed_phone_of(id), PHONE);
		}
		assert_int_equal(sql_number("SELECT COUNT(*) FROM resident"), 1);
		erase("oResident");
	}
}

/* The account has another user, whose resident no key opens. */
static void a_phone_is_found_beside_a_damaged_one(void **state)
{
	int32_t id;

	(void)state;
	log_in(&mini, "oBeside", "uBoth");
	log_in(&official, "oDamaged", "uBoth");
	id = (int32_t)sql_number("SELECT id FROM wechat_user WHERE openid = 'oBeside'");
	save_resident("oDamaged", "13900000009", "李四", true);
	save_resident("oBeside", PHONE, "张三", true);
	sql("UPDATE resident SET phone = REPEAT('x', 40) WHERE wechat_user_id = "
	    "(SELECT id FROM wechat_user WHERE openid = 'oDamaged')");
	assert_string_equal(confirmed_phone_of(id), PHONE);
	sql("DELETE FROM resident");
	assert_string_equal(confirmed_phone_of(id), "ABSENT");
	erase("oBeside");
}

/* Between the moves of both hashes. */
static void a_phone_of_a_resident_is_found_while_hashes_are_moved(void **state)
{
	int32_t id;

	(void)state;
	log_in(&mini, "oMoved", NULL);
	id = (int32_t)sql_number("SELECT id FROM wechat_user WHERE openid = 'oMoved'");
	save_resident("oMoved", PHONE, "张三", true);
	sql("CREATE OR REPLACE TABLE kept AS SELECT * FROM resident");
	lookup_keys_follow(1);
	assert_int_equal(lookup_columns_fill(test_db, &pass), ERR_NONE);
	lookup_keys_follow(2);
	assert_int_equal(lookup_columns_move(test_db, &pass), ERR_NONE);
	sql("UPDATE resident r JOIN kept k ON k.id = r.id SET r.phone_hash = k.phone_hash");
	assert_string_equal(confirmed_phone_of(id), PHONE);
	lookup_keys_follow(1);
	assert_string_equal(confirmed_phone_of(id), PHONE);
	sql("DROP TABLE kept");
	erase("oMoved");
}

/* ---- An undo and an erasure. */

static enum err merge(struct db *db, void *ctx)
{
	struct account_merge *merging = ctx;
	enum err err = account_merge_lock(db, merging);

	if (err == ERR_NONE)
		err = account_merge_mark(db, merging);
	return err == ERR_NONE ? account_merge_apply(db, merging) : err;
}

static struct uuid account_of(const char *openid)
{
	struct uuid id;
	struct account account = log_in(&mini, openid, NULL);

	assert_true(uuid_parse(account.id, &id));
	return id;
}

/* The number is of the merged account, and only one of both was moved. */
static void an_undo_gives_a_phone_back_while_hashes_are_moved(void **state)
{
	struct account_merge merging = {.tenant_id = tenant, .actor = "test"};
	enum unmerge_problem problem;
	struct uuid holder;

	(void)state;
	merging.a = account_of("oSurvivor");
	merging.b = account_of("oMerged");
	save_resident("oMerged", PHONE, "张三", true);
	assert_int_equal(transaction_run(test_db, merge, &merging), ERR_NONE);
	lookup_keys_follow(1);
	assert_int_equal(lookup_columns_fill(test_db, &pass), ERR_NONE);
	lookup_keys_follow(2);
	sql("UPDATE account SET confirmed_phone_hash = confirmed_phone_hash_next "
	    "WHERE id IN (SELECT alias FROM account_alias)");
	assert_int_equal(account_unmerge(test_db, merging.log_id, &problem), ERR_NONE);
	assert_int_equal(confirmed_phone_find_holder(test_db, tenant, PHONE, &holder), ERR_NONE);
	assert_true(uuid_is_equal(holder, merging.merged));
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account "
		"WHERE confirmed_phone_hash IS NOT NULL"), 1);
}

static void codes_of_both_keys_are_erased(void **state)
{
	for (size_t i = 0; i < N_OF(pairs); i++) {
		begin(state);
		if (pairs[i].second == 0)
			continue;
		sql("DELETE FROM external_id");
		lookup_keys_follow(pairs[i].first);
		make_whole_person();
		assert_int_not_equal(sql_number("SELECT COUNT(*) FROM verify_code"), 0);
		lookup_keys_follow(pairs[i].second);
		erase("oWhole");
		assert_int_equal(sql_number("SELECT COUNT(*) FROM verify_code"), 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_phone_gets_one_code_a_minute_in_all_steps, begin),
		cmocka_unit_test_setup(a_limit_holds_through_a_rotation, begin),
		cmocka_unit_test_setup(of_one_slot_with_both_keys_both_counts_hold, begin),
		cmocka_unit_test_setup(
			of_one_slot_with_both_keys_one_count_is_given_back, begin),
		cmocka_unit_test_setup(what_is_withdrawn_is_given_back_by_another_step, begin),
		cmocka_unit_test_setup(a_person_gets_five_numbers_a_day_in_all_steps, begin),
		cmocka_unit_test_setup(an_owner_without_tries_has_some_after_an_hour, begin),
		cmocka_unit_test_setup(of_tries_with_both_keys_both_are_over_after_an_hour, begin),
		cmocka_unit_test_setup(a_phone_of_a_resident_is_found_in_all_steps, begin),
		cmocka_unit_test_setup(
			a_phone_of_a_resident_is_found_while_hashes_are_moved, begin),
		cmocka_unit_test_setup(a_phone_is_found_beside_a_damaged_one, begin),
		cmocka_unit_test_setup(an_undo_gives_a_phone_back_while_hashes_are_moved, begin),
		cmocka_unit_test_setup(codes_of_both_keys_are_erased, begin),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
