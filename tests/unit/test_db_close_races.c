#include "unit.h"

#include "account_admin.h"
#include "account_close.h"
#include "consent.h"
#include "db.h"
#include "logins.h"
#include "mariadb.h"
#include "principal.h"
#include "rivals.h"
#include "setting.h"

/* Before each statement of a closing another process changes the same person. */

static struct principal first; /* the person, by the first app */
static struct claim refused;

static void have_person(void)
{
	renew_person();
	log_in(&mobile, person.other, NULL);
	log_in(&official, person.openid2, person.unionid);
	first = (struct principal){
		.tenant_id = tenant, .name = "test",
		.wechat_user_id = log_in(&mini, person.openid, person.unionid).wechat_user_id,
	};
}

/* ---- What the others do. */

static enum err join(struct db *db)
{
	return rival_log_in_by(db, &mobile, person.other);
}

static enum err agree(struct db *db)
{
	struct consent consent = {.document = "privacy", .version = "1"};

	return consent_add(db, &first, &consent);
}

static enum err close_too(struct db *db)
{
	struct closing closing;

	return account_close(db, &first, &closing);
}

/* ---- What is left. */

static void expect_nobody_to_be_left_alone(void)
{
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account a WHERE NOT EXISTS "
				    "(SELECT 1 FROM wechat_user u WHERE u.account_id = a.id) "
				    "AND NOT EXISTS (SELECT 1 FROM account_alias x "
				    "WHERE x.alias = a.id)"), 0);
	/* A save makes a user without an account. */
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user u "
				    "WHERE account_id IS NOT NULL AND NOT EXISTS "
				    "(SELECT 1 FROM account a WHERE a.id = u.account_id)"), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account_unionid n WHERE NOT EXISTS "
				    "(SELECT 1 FROM wechat_user u "
				    "WHERE u.account_id = n.account_id)"), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM login_claim c "
				    "WHERE wechat_user_id IS NOT NULL AND NOT EXISTS "
				    "(SELECT 1 FROM wechat_user u "
				    "WHERE u.id = c.wechat_user_id)"), 0);
}

/* Of the person as he was. A login may have made him anew. */
static void expect_to_be_erased(int64_t last_id)
{
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE id <= %lld "
				    "AND openid IN ('%s', '%s')", (long long)last_id,
				 person.openid, person.openid2), 0);
}

/* All users of a closed account are closed, and none of another. */
static void expect_to_be_closed(int64_t last_id)
{
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE id <= %lld "
				    "AND openid = '%s' AND NOT is_closed", (long long)last_id,
				 person.openid), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user u JOIN account a "
				    "ON a.id = u.account_id "
				    "WHERE u.is_closed <> (a.erases_at IS NOT NULL)"), 0);
}

/* Returns whether the rival has come. */
static bool close_with_rival(
	const char *name, enum err (*fn)(struct db *db), int n, void (*expect)(int64_t last_id))
{
	struct rival_outcome outcome;
	struct closing closing;
	int64_t last_id;
	enum err err;

	have_person();
	last_id = sql_number("SELECT MAX(id) FROM wechat_user");
	rival_before(n, fn);
	err = account_close(test_db, &first, &closing);
	outcome = rival_end();
	db_end_request(test_db);
	if (err == ERR_NONE && closing.receipt == 0)
		fail_msg("%s, before statement %d: no receipt", name, n);
	/* An erasure, or a closing, by another process may have been first. */
	if (err != ERR_NONE && err != ERR_USER_UNKNOWN && err != ERR_TOKEN_REVOKED)
		fail_msg("%s, before statement %d: %d", name, n, (int)err);
	if (outcome.err == ERR_BUSY || outcome.err == ERR_INTERNAL)
		fail_msg("%s, before statement %d, fails: %d", name, n, (int)outcome.err);
	if (err == ERR_NONE)
		expect(last_id);
	expect_nobody_to_be_left_alone();
	return outcome.has_come;
}

static void close_with_rivals(const char *days, void (*expect)(int64_t last_id))
{
	static const struct {
		const char *name;
		enum err (*fn)(struct db *db);
	} rivals[] = {
		{"the person's login", rival_log_in},
		{"a login by another app", rival_log_in_by_second_app},
		{"a login that joins the account", join},
		{"a merge", rival_merge},
		{"an erasure", rival_erase},
		{"a save", rival_save},
		{"a consent", agree},
		{"the same closing", close_too},
	};

	assert_int_equal(setting_set(test_db, tenant, "erasure_days", days), ERR_NONE);
	for (size_t i = 0; i < N_OF(rivals); i++)
		for (int n = 1; close_with_rival(rivals[i].name, rivals[i].fn, n, expect); n++)
			;
}

static void test_an_erasure_at_once(void **state)
{
	(void)state;
	close_with_rivals("0", expect_to_be_erased);
}

static void test_a_closing_for_some_days(void **state)
{
	(void)state;
	close_with_rivals("3", expect_to_be_closed);
}

/* ---- The refusal of a login writes the user into its claim. */

static enum err refuse(struct db *db)
{
	return claim_refuse(db, &refused, ERR_ACCOUNT_DISABLED);
}

static void have_refused_person(void)
{
	const struct wechat_login login = {.session_key = "key"};
	struct wechat_login own = login;
	struct account_ref ref;
	struct account account;

	have_person();
	own.openid = person.openid;
	assert_int_equal(account_find(test_db, person.openid, &ref), ERR_NONE);
	assert_int_equal(account_disable(test_db, &ref), ERR_NONE);
	refused = take_claim(&mini, new_code());
	assert_int_equal(login_complete(test_db, &refused, &own, &account, NULL),
		ERR_ACCOUNT_DISABLED);
	assert_int_equal(refused.wechat_user_id, first.wechat_user_id);
}

static void test_a_refusal_names_nobody_who_is_erased(void **state)
{
	struct rival_outcome outcome = {.has_come = true};

	(void)state;
	for (int n = 1; outcome.has_come; n++) {
		have_refused_person();
		rival_before(n, refuse);
		assert_int_equal(rival_erase(test_db), ERR_NONE);
		outcome = rival_end();
		db_end_request(test_db);
		if (!outcome.has_come)
			assert_int_equal(refuse(test_db), ERR_NONE);
		expect_nobody_to_be_left_alone();
		assert_int_equal(sql_number("SELECT COUNT(*) FROM login_claim WHERE id = %lld "
					    "AND state = 0", (long long)refused.id), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_erasure_at_once),
		cmocka_unit_test(test_a_closing_for_some_days),
		cmocka_unit_test(test_a_refusal_names_nobody_who_is_erased),
	};

	return cmocka_run_group_tests_name("db_close_races", tests, rivals_open, mariadb_close);
}
