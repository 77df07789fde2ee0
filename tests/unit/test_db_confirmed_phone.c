#include "unit.h"

#include "account_admin.h"
#include "account_conflict.h"
#include "account_unmerge.h"
#include "confirmed_phone.h"
#include "conn.h"
#include "logins.h"
#include "mariadb.h"
#include "setting.h"
#include "transaction.h"
#include "wechat_user.h"

#define N_RACERS 16

/* New each time. Valid until the next call but one. */
static const char *new_phone(void)
{
	static char phones[2][16];
	static int n;
	char *phone = phones[++n % 2];

	snprintf(phone, sizeof(phones[0]), "139%08d", n);
	return phone;
}

static struct uuid id_of(const struct account *account)
{
	struct uuid id;

	assert_true(uuid_parse(account->id, &id));
	return id;
}

struct confirmation {
	struct confirmed_phone confirmed;
	enum phone_source source;
};

static enum err run_confirmation(struct db *db, void *ctx)
{
	const struct confirmation *confirmation = ctx;

	return confirmed_phone_set(db, &confirmation->confirmed, confirmation->source);
}

static enum err confirm(
	const struct account *account, const char *phone, enum phone_source source)
{
	struct confirmation confirmation = {
		.confirmed = {
			.tenant_id = account->tenant_id,
			.account_id = id_of(account),
			.phone = phone,
		},
		.source = source,
	};

	return transaction_run(test_db, run_confirmation, &confirmation);
}

static void confirm_by_sms(const struct account *account, const char *phone)
{
	assert_int_equal(confirm(account, phone, PHONE_BY_SMS), ERR_NONE);
}

static bool is_held_by(const char *phone, const struct account *account)
{
	struct uuid holder;

	assert_int_equal(confirmed_phone_find_holder(test_db, tenant, phone, &holder), ERR_NONE);
	return uuid_is_equal(holder, account == NULL ? (struct uuid){{0}} : id_of(account));
}

static void let_pass(int days)
{
	sql("UPDATE account SET confirmed_phone_at = confirmed_phone_at - INTERVAL %d DAY", days);
}

/* What the user's own profile has, so that the account shows it. */
static void name_phone(const char *openid, const char *phone)
{
	const struct principal server = server_of(tenant);
	const struct wechat_user user = {.openid = openid, .phone = phone};
	int32_t id;

	assert_int_equal(wechat_user_save(test_db, &server, &user, &id), ERR_NONE);
}

static void the_last_one_has_the_number(void **state)
{
	const char *phone = new_phone();
	struct account before, after = log_in(&mini, "oLast", NULL);

	(void)state;
	log_in(&mini, "oFirst", NULL);
	name_phone("oFirst", phone);
	before = log_in(&mini, "oFirst", NULL);
	assert_true(is_held_by(phone, NULL));
	confirm_by_sms(&before, phone);
	assert_true(is_held_by(phone, &before));
	before = log_in(&mini, "oFirst", NULL);
	assert_true(before.phone_is_confirmed);
	confirm_by_sms(&after, phone);
	assert_true(is_held_by(phone, &after));
	after = log_in(&mini, "oFirst", NULL);
	assert_false(after.phone_is_confirmed);
	assert_int_equal(after.entity_version, before.entity_version + 1);
	confirm_by_sms(&before, phone);
	assert_true(log_in(&mini, "oFirst", NULL).phone_is_confirmed);
}

static void an_account_has_one_number(void **state)
{
	const char *old = new_phone(), *new = new_phone();
	struct account account = log_in(&mini, "oOne", NULL);

	(void)state;
	confirm_by_sms(&account, old);
	confirm_by_sms(&account, new);
	assert_true(is_held_by(old, NULL));
	assert_true(is_held_by(new, &account));
}

static void a_confirmation_counts_for_some_days(void **state)
{
	const char *phone = new_phone();
	struct account account;

	(void)state;
	log_in(&mini, "oDays", NULL);
	name_phone("oDays", phone);
	account = log_in(&mini, "oDays", NULL);
	confirm_by_sms(&account, phone);
	let_pass(364);
	assert_true(is_held_by(phone, &account));
	assert_true(log_in(&mini, "oDays", NULL).phone_is_confirmed);
	let_pass(1);
	assert_true(is_held_by(phone, NULL));
	assert_false(log_in(&mini, "oDays", NULL).phone_is_confirmed);
	assert_int_equal(setting_set(test_db, tenant, "phone_confirmation_days", "366"), ERR_NONE);
	assert_true(is_held_by(phone, &account));
	assert_true(log_in(&mini, "oDays", NULL).phone_is_confirmed);
	assert_int_equal(setting_set(test_db, tenant, "phone_confirmation_days", "365"), ERR_NONE);
	confirm_by_sms(&account, phone);
	assert_true(is_held_by(phone, &account));
}

static void without_a_date_it_does_not_count(void **state)
{
	const char *phone = new_phone();
	struct account account;

	(void)state;
	log_in(&mini, "oUndated", NULL);
	name_phone("oUndated", phone);
	account = log_in(&mini, "oUndated", NULL);
	confirm_by_sms(&account, phone);
	sql("UPDATE account SET confirmed_phone_at = NULL WHERE id = UNHEX(REPLACE('%s', '-', ''))",
		account.id);
	assert_true(is_held_by(phone, NULL));
	assert_false(log_in(&mini, "oUndated", NULL).phone_is_confirmed);
}

static void the_button_yields_to_an_sms(void **state)
{
	const char *phone = new_phone();
	struct account one = log_in(&mini, "oButton1", NULL);
	struct account two = log_in(&mini, "oButton2", NULL);

	(void)state;
	assert_int_equal(confirm(&one, phone, PHONE_BY_BUTTON), ERR_NONE);
	assert_int_equal(confirm(&two, phone, PHONE_BY_BUTTON), ERR_NONE);
	assert_true(is_held_by(phone, &two));
	confirm_by_sms(&one, phone);
	assert_int_equal(confirm(&two, phone, PHONE_BY_BUTTON), ERR_PHONE_CONFIRMED_ELSEWHERE);
	assert_true(is_held_by(phone, &one));
	assert_int_equal(confirm(&one, phone, PHONE_BY_BUTTON), ERR_NONE);
	assert_int_equal(confirm(&two, phone, PHONE_BY_BUTTON), ERR_PHONE_CONFIRMED_ELSEWHERE);
	let_pass(365);
	assert_int_equal(confirm(&two, phone, PHONE_BY_BUTTON), ERR_NONE);
	assert_true(is_held_by(phone, &two));
}

static void a_number_is_a_tenants(void **state)
{
	const char *phone = new_phone();
	struct account here = log_in(&mini, "oHere", NULL), there;
	int32_t other = add_tenant("other");
	struct app app = add_app(other, "wx-other", APP_MINI, "");

	(void)state;
	there = log_in(&app, "oThere", NULL);
	confirm_by_sms(&here, phone);
	confirm_by_sms(&there, phone);
	assert_true(is_held_by(phone, &here));
}

/* ---- Merges. */

static int64_t merge_of(const struct account *one, const struct account *other)
{
	struct conflict_merge merge = {.is_dry_run = false};

	assert_int_equal(account_find(test_db, one->id, &merge.a), ERR_NONE);
	assert_int_equal(account_find(test_db, other->id, &merge.b), ERR_NONE);
	assert_int_equal(account_conflict_merge(test_db, &merge), ERR_NONE);
	return merge.id;
}

static void a_merge_keeps_the_newer_number(void **state)
{
	for (int is_younger_newer = 0; is_younger_newer < 2; is_younger_newer++) {
		struct account older = log_in(
			&mini, is_younger_newer ? "oMergeA" : "oMergeC", NULL);
		struct account younger = log_in(
			&official, is_younger_newer ? "oMergeB" : "oMergeD", NULL);
		const char *old = new_phone(), *new = new_phone();
		enum unmerge_problem problem;
		int64_t merge;

		confirm_by_sms(is_younger_newer ? &older : &younger, old);
		let_pass(1);
		confirm_by_sms(is_younger_newer ? &younger : &older, new);
		merge = merge_of(&older, &younger);
		assert_true(is_held_by(new, &older));
		assert_true(is_held_by(old, NULL));
		assert_int_equal(account_unmerge(test_db, merge, &problem), ERR_NONE);
		assert_true(is_held_by(old, is_younger_newer ? &older : &younger));
		assert_true(is_held_by(new, is_younger_newer ? &younger : &older));
	}
	(void)state;
}

static void a_merged_account_holds_nothing(void **state)
{
	struct account older = log_in(&mini, "oGone1", NULL);
	struct account younger = log_in(&official, "oGone2", NULL);
	const char *phone = new_phone(), *later = new_phone();

	(void)state;
	confirm_by_sms(&younger, phone);
	merge_of(&older, &younger);
	confirm_by_sms(&older, later);
	assert_true(is_held_by(phone, NULL));
	confirm_by_sms(&younger, phone);
	assert_true(is_held_by(phone, NULL));
	assert_int_equal(confirm(&older, phone, PHONE_BY_BUTTON), ERR_NONE);
}

/* ---- Many at once. */

static const char *contested;
static struct account racers[N_RACERS];

static int confirm_contested(int index)
{
	const enum phone_source source = index % 2 == 0 ? PHONE_BY_SMS : PHONE_BY_BUTTON;
	enum err err = confirm(&racers[index], contested, source);

	if (source == PHONE_BY_SMS)
		return err == ERR_NONE ? 0 : 1;
	return err == ERR_NONE || err == ERR_PHONE_CONFIRMED_ELSEWHERE ? 0 : 1;
}

static void of_many_at_once_one_holds_it(void **state)
{
	(void)state;
	contested = new_phone();
	for (int i = 0; i < N_RACERS; i++) {
		char openid[24];

		snprintf(openid, sizeof(openid), "oRace%d", i);
		racers[i] = log_in(&mini, openid, NULL);
	}
	assert_int_equal(mariadb_race(N_RACERS, confirm_contested), N_RACERS);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account WHERE confirmed_phone_hash = "
				    "(SELECT confirmed_phone_hash FROM account "
				    "ORDER BY confirmed_phone_at DESC LIMIT 1)"), 1);
	assert_int_equal(sql_number("SELECT confirmed_phone_source FROM account "
				    "ORDER BY confirmed_phone_at DESC LIMIT 1"), PHONE_BY_SMS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_one_has_the_number),
		cmocka_unit_test(an_account_has_one_number),
		cmocka_unit_test(a_confirmation_counts_for_some_days),
		cmocka_unit_test(without_a_date_it_does_not_count),
		cmocka_unit_test(the_button_yields_to_an_sms),
		cmocka_unit_test(a_number_is_a_tenants),
		cmocka_unit_test(a_merge_keeps_the_newer_number),
		cmocka_unit_test(a_merged_account_holds_nothing),
		cmocka_unit_test(of_many_at_once_one_holds_it),
	};

	return cmocka_run_group_tests_name("confirmed_phone", tests, logins_open, mariadb_close);
}
