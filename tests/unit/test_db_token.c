#include "unit.h"

#include <ctype.h>
#include <mysqld_error.h>

#include "account.h"
#include "account_admin.h"
#include "clock.h"
#include "conn.h"
#include "crypto.h"
#include "faults.h"
#include "logins.h"
#include "mariadb.h"
#include "secret.h"
#include "stmt.h"
#include "token_renewal.h"
#include "transaction.h"

#define HOUR_US (3600 * INT64_C(1000000))
#define N_RACERS 8
#define N_FAMILIES 10

static struct access_token issue(int32_t wechat_user_id)
{
	struct access_token token;

	assert_int_equal(token_issue(test_db, tenant, wechat_user_id, &token), ERR_NONE);
	return token;
}

/* Of a user who logs in for the first time. */
static struct access_token issue_to(const char *openid)
{
	return issue(log_in(&mini, openid, NULL).wechat_user_id);
}

static enum err find(const char *text, struct principal *principal_r)
{
	uint8_t hash[CRYPTO_HASH_SIZE];

	crypto_sha256(text, strlen(text), hash);
	return token_find(test_db, hash, principal_r);
}

static void expect(const struct access_token *token, enum err err)
{
	struct principal principal;

	assert_int_equal(find(token->text, &principal), err);
}

static enum err try_renew(const struct access_token *token, struct access_token *successor_r)
{
	struct principal principal = {0};

	return token_renew(test_db, token->text, successor_r, &principal);
}

static struct access_token renew(const struct access_token *token)
{
	struct access_token successor;

	assert_int_equal(try_renew(token, &successor), ERR_NONE);
	return successor;
}

static void cannot_renew(const struct access_token *token, enum err err)
{
	struct access_token successor;

	assert_int_equal(try_renew(token, &successor), err);
}

/* As if all that happened to the token had happened so much earlier. */
static void grow_older(const struct access_token *token, const char *interval)
{
	sql("UPDATE access_token SET began_at = began_at - INTERVAL %s, "
	    "issued_at = issued_at - INTERVAL %s, expires_at = expires_at - INTERVAL %s, "
	    "rotated_at = rotated_at - INTERVAL %s WHERE hash = UNHEX(SHA2('%s', 256))",
		interval, interval, interval, interval, token->text);
}

static int64_t n_live(int32_t wechat_user_id)
{
	return sql_number("SELECT COUNT(*) FROM access_token WHERE wechat_user_id = %d "
			  "AND revoked_at IS NULL AND rotated_at IS NULL", wechat_user_id);
}

static void a_login_gets_a_token_for_two_hours(void **state)
{
	struct account account = log_in(&mini, "oIssue", NULL);
	struct access_token token = issue(account.wechat_user_id);
	struct principal principal;
	char id[UUID_TEXT_SIZE], name[32];

	(void)state;
	assert_true(secret_token_is_well_formed(SECRET_TOKEN_PREFIX_ACCESS, token.text));
	assert_int_equal(token.expires_us - token.issued_us, 2 * HOUR_US);
	assert_int_equal(find(token.text, &principal), ERR_NONE);
	assert_int_equal(principal.tenant_id, tenant);
	assert_int_equal(principal.wechat_user_id, account.wechat_user_id);
	assert_string_equal(principal.openid, "oIssue");
	snprintf(name, sizeof(name), "wechat_user %d", account.wechat_user_id);
	assert_string_equal(principal.name, name);
	uuid_format(principal.account_id, id);
	assert_string_equal(id, account.id);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM access_token WHERE hash LIKE '%%wxt_%%'"),
		0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM access_token "
				    "WHERE ABS(TIMESTAMPDIFF(SECOND, issued_at, UTC_TIMESTAMP(6))) "
				    "< 60"), sql_number("SELECT COUNT(*) FROM access_token"));
}

static void who_gets_none(void **state)
{
	struct account account = log_in(&mini, "oNone", NULL);
	struct access_token token;

	(void)state;
	assert_int_equal(token_issue(test_db, tenant, 123456, &token), ERR_USER_UNKNOWN);
	assert_int_equal(token_issue(test_db, tenant + 1, account.wechat_user_id, &token),
		ERR_USER_UNKNOWN);
	sql("UPDATE account SET is_active = 0 WHERE id = UNHEX(REPLACE('%s', '-', ''))",
		account.id);
	assert_int_equal(token_issue(test_db, tenant, account.wechat_user_id, &token),
		ERR_ACCOUNT_DISABLED);
	assert_int_equal(n_live(account.wechat_user_id), 0);
}

static void an_expired_token_is_known_another_is_not(void **state)
{
	struct access_token token = issue_to("oExpire"), other = token;

	(void)state;
	grow_older(&token, "7140 SECOND");
	expect(&token, ERR_NONE);
	grow_older(&token, "60 SECOND");
	expect(&token, ERR_TOKEN_EXPIRED);
	secret_token_make(test_keys, SECRET_TOKEN_PREFIX_ACCESS, other.text);
	expect(&other, ERR_UNAUTHORIZED);
	cannot_renew(&other, ERR_UNAUTHORIZED);
}

static void a_renewal_takes_the_place_of_the_token(void **state)
{
	struct access_token first = issue_to("oRenew"), second = renew(&first), third;
	struct principal principal = {0};

	(void)state;
	assert_string_not_equal(first.text, second.text);
	assert_true(secret_token_is_well_formed(SECRET_TOKEN_PREFIX_ACCESS, second.text));
	assert_int_equal(second.expires_us - second.issued_us, 2 * HOUR_US);
	assert_true(second.issued_us >= first.issued_us);
	expect(&first, ERR_TOKEN_EXPIRED);
	expect(&second, ERR_NONE);
	assert_int_equal(token_renew(test_db, second.text, &third, &principal), ERR_NONE);
	assert_string_equal(principal.openid, "oRenew");
	expect(&third, ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(DISTINCT family) FROM access_token t "
				    "JOIN wechat_user u ON u.id = t.wechat_user_id "
				    "WHERE u.openid = 'oRenew'"), 1);
	assert_int_equal(token_revoke(test_db, third.text), ERR_NONE);
	expect(&third, ERR_TOKEN_REVOKED);
}

static void a_renewed_token_as_a_bearer_harms_nobody(void **state)
{
	struct access_token first = issue_to("oBearer"), second = renew(&first);

	(void)state;
	grow_older(&first, "1 MINUTE");
	for (int i = 0; i < 3; i++)
		expect(&first, ERR_TOKEN_EXPIRED);
	expect(&second, ERR_NONE);
	renew(&second);
}

static void a_renewal_can_be_repeated_for_ten_seconds(void **state)
{
	struct access_token first = issue_to("oRepeat"), second = renew(&first), again;

	(void)state;
	grow_older(&first, "5 SECOND");
	again = renew(&first);
	assert_string_equal(again.text, second.text);
	assert_int_equal(again.issued_us, second.issued_us);
	assert_int_equal(again.expires_us, second.expires_us);
	expect(&second, ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM access_token t "
				    "JOIN wechat_user u ON u.id = t.wechat_user_id "
				    "WHERE u.openid = 'oRepeat'"), 2);
}

static void a_later_renewal_ends_the_family(void **state)
{
	struct account account = log_in(&mini, "oTheft", NULL);
	struct access_token first = issue(account.wechat_user_id), second = renew(&first), third;
	struct access_token other = issue(account.wechat_user_id);

	(void)state;
	third = renew(&second);
	grow_older(&first, "11 SECOND");
	cannot_renew(&first, ERR_TOKEN_REVOKED);
	expect(&third, ERR_TOKEN_REVOKED);
	cannot_renew(&third, ERR_TOKEN_REVOKED);
	expect(&other, ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit WHERE action = 'token.reuse' "
				    "AND subject = 'wechat_user %d'", account.wechat_user_id), 1);
	cannot_renew(&first, ERR_TOKEN_REVOKED);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit WHERE action = 'token.reuse'"), 1);
}

static void a_token_is_renewed_until_seven_days_after_its_end(void **state)
{
	struct access_token token = issue_to("oWeek"), late = issue_to("oLate");

	(void)state;
	grow_older(&token, "'7 1:59:0' DAY_SECOND");
	expect(&token, ERR_TOKEN_EXPIRED);
	token = renew(&token);
	expect(&token, ERR_NONE);
	grow_older(&late, "'7 2:0:0' DAY_SECOND");
	cannot_renew(&late, ERR_TOKEN_EXPIRED);
}

static void a_family_ends_ninety_days_after_its_login(void **state)
{
	struct access_token token = issue_to("oQuarter");

	(void)state;
	sql("UPDATE access_token SET began_at = began_at - INTERVAL '89 23' DAY_HOUR "
	    "WHERE hash = UNHEX(SHA2('%s', 256))", token.text);
	token = renew(&token);
	assert_true(token.expires_us - token.issued_us <= HOUR_US);
	assert_true(token.expires_us - token.issued_us > HOUR_US - HOUR_US / 60);
	expect(&token, ERR_NONE);
	grow_older(&token, "1 HOUR");
	cannot_renew(&token, ERR_TOKEN_EXPIRED);
}

static void the_oldest_of_eleven_families_goes(void **state)
{
	int32_t user = log_in(&mini, "oTen", NULL).wechat_user_id;
	struct access_token tokens[N_FAMILIES + 2], foreign = issue_to("oEleventh"), first;

	(void)state;
	for (int i = 0; i < N_FAMILIES; i++)
		tokens[i] = issue(user);
	for (int i = 0; i < N_FAMILIES; i++)
		expect(&tokens[i], ERR_NONE);
	first = tokens[0];
	tokens[0] = renew(&first); /* is no younger for that */
	tokens[N_FAMILIES] = issue(user);
	expect(&tokens[0], ERR_TOKEN_REVOKED);
	cannot_renew(&tokens[0], ERR_TOKEN_REVOKED);
	cannot_renew(&first, ERR_TOKEN_REVOKED);
	for (int i = 1; i <= N_FAMILIES; i++)
		expect(&tokens[i], ERR_NONE);
	expect(&foreign, ERR_NONE);

	/* What is dead takes nobody's place. */
	grow_older(&tokens[N_FAMILIES], "8 DAY");
	tokens[N_FAMILIES + 1] = issue(user);
	expect(&tokens[1], ERR_NONE);
}

static void a_log_out_ends_one_family(void **state)
{
	int32_t user = log_in(&mini, "oLogout", NULL).wechat_user_id;
	struct access_token first = issue(user), other = issue(user), second = renew(&first);

	(void)state;
	assert_int_equal(token_revoke(test_db, second.text), ERR_NONE);
	expect(&second, ERR_TOKEN_REVOKED);
	cannot_renew(&second, ERR_TOKEN_REVOKED);
	cannot_renew(&first, ERR_TOKEN_REVOKED);
	expect(&other, ERR_NONE);
	assert_int_equal(token_revoke(test_db, second.text), ERR_NONE);
}

static void any_token_of_a_family_logs_it_out(void **state)
{
	int32_t user = log_in(&mini, "oLogoutOld", NULL).wechat_user_id;
	struct access_token renewed = issue(user), successor = renew(&renewed);
	struct access_token expired = issue(user), unknown;

	(void)state;
	assert_int_equal(token_revoke(test_db, renewed.text), ERR_NONE);
	cannot_renew(&successor, ERR_TOKEN_REVOKED);
	grow_older(&expired, "3 HOUR");
	assert_int_equal(token_revoke(test_db, expired.text), ERR_NONE);
	cannot_renew(&expired, ERR_TOKEN_REVOKED);
	assert_int_equal(n_live(user), 0);
	secret_token_make(test_keys, SECRET_TOKEN_PREFIX_ACCESS, unknown.text);
	assert_int_equal(token_revoke(test_db, unknown.text), ERR_NONE);
}

static struct account_ref ref_of(const char *name)
{
	struct account_ref ref;

	assert_int_equal(account_find(test_db, name, &ref), ERR_NONE);
	return ref;
}

static void a_new_stamp_revokes_all_of_an_account(void **state)
{
	struct account account = log_in(&mini, "oStamp", "uStamp"), after;
	struct access_token first = issue(account.wechat_user_id), second, fresh, stranger;
	struct account_ref ref = ref_of("oStamp");

	(void)state;
	stranger = issue_to("oStranger");
	second = issue(log_in(&official, "oStamp2", "uStamp").wechat_user_id);
	expect(&second, ERR_NONE);
	assert_int_equal(account_log_out(test_db, &ref), ERR_NONE);
	expect(&first, ERR_TOKEN_REVOKED);
	expect(&second, ERR_TOKEN_REVOKED);
	cannot_renew(&first, ERR_TOKEN_REVOKED);
	expect(&stranger, ERR_NONE);
	after = log_in(&mini, "oStamp", "uStamp");
	assert_string_not_equal(after.security_stamp, account.security_stamp);
	assert_int_equal(after.entity_version, account.entity_version + 1);
	fresh = issue(after.wechat_user_id);
	expect(&fresh, ERR_NONE);
}

static int64_t n_audited(const char *action, const struct account *account)
{
	return sql_number("SELECT COUNT(*) FROM audit WHERE action = '%s' AND subject = '%s' "
			  "AND tenant_id = %d", action, account->id, tenant);
}

static void a_disabled_account_and_its_tokens(void **state)
{
	const struct wechat_login login = {.openid = "oOff"};
	struct account account = log_in(&mini, "oOff", NULL), again;
	struct access_token token = issue(account.wechat_user_id);
	struct account_ref ref = ref_of(account.id);

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(account_disable(test_db, &ref), ERR_NONE);
	assert_int_equal(n_audited("account.disable", &account), 1);
	expect(&token, ERR_TOKEN_REVOKED);
	assert_int_equal(try_login(&mini, &login, &again), ERR_ACCOUNT_DISABLED);
	for (int i = 0; i < 2; i++)
		assert_int_equal(account_enable(test_db, &ref), ERR_NONE);
	assert_int_equal(n_audited("account.enable", &account), 1);
	expect(&token, ERR_TOKEN_REVOKED);
	assert_string_equal(log_in(&mini, "oOff", NULL).id, account.id);
	token = issue(account.wechat_user_id);
	for (int i = 0; i < 2; i++)
		assert_int_equal(account_log_out(test_db, &ref), ERR_NONE);
	assert_int_equal(n_audited("account.log_out", &account), 2);
	expect(&token, ERR_TOKEN_REVOKED);
	sql("UPDATE account SET is_deleted = 1 WHERE id = UNHEX(REPLACE('%s', '-', ''))",
		account.id);
	assert_int_equal(account_disable(test_db, &ref), ERR_USER_UNKNOWN);
	assert_int_equal(account_enable(test_db, &ref), ERR_USER_UNKNOWN);
	assert_int_equal(account_log_out(test_db, &ref), ERR_USER_UNKNOWN);
}

static void how_an_account_is_named(void **state)
{
	static const char *const unknown[] = {
		"", "oNobody", "o nobody", "00000000-0000-0000-0000-000000000000",
		"00000000-0000-0000-0000-00000000000g", "00000000x0000-0000-0000-000000000000",
	};
	int32_t other_tenant = add_tenant("two");
	struct app foreign = add_app(other_tenant, "wx-foreign", APP_MINI, "");
	struct account account = log_in(&mini, "oNamed", NULL);
	struct account_ref ref;
	char id[UUID_TEXT_SIZE], upper[UUID_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(upper); i++)
		upper[i] = (char)toupper((unsigned char)account.id[i]);
	ref = ref_of(upper);
	uuid_format(ref.id, id);
	assert_string_equal(id, account.id);
	assert_int_equal(ref.tenant_id, tenant);
	assert_true(uuid_is_equal(ref_of("oNamed").id, ref.id));
	for (size_t i = 0; i < N_OF(unknown); i++)
		assert_int_equal(account_find(test_db, unknown[i], &ref), ERR_USER_UNKNOWN);
	log_in(&foreign, "oNamed", NULL);
	assert_int_equal(account_find(test_db, "oNamed", &ref), ERR_PARAMETER);
}

static void tokens_do_not_outlive_what_they_stand_for(void **state)
{
	static const char *const ends[] = {
		"is_active = 0", "is_deleted = 1",
		"lockout_end = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR",
	};
	struct account account = log_in(&mini, "oEnd", NULL);
	struct access_token token = issue(account.wechat_user_id);

	(void)state;
	for (size_t i = 0; i < N_OF(ends); i++) {
		sql("UPDATE account SET %s WHERE id = UNHEX(REPLACE('%s', '-', ''))", ends[i],
			account.id);
		expect(&token, ERR_TOKEN_REVOKED);
		cannot_renew(&token, ERR_TOKEN_REVOKED);
		sql("UPDATE account SET is_active = 1, is_deleted = 0, "
		    "lockout_end = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR "
		    "WHERE id = UNHEX(REPLACE('%s', '-', ''))", account.id);
		expect(&token, ERR_NONE);
	}
}

static void tokens_of_both_outlive_a_merge(void **state)
{
	struct account older = log_in(&mini, "oMerge1", NULL);
	struct account younger = log_in(&official, "oMerge2", "uMerge");
	struct access_token of_older = issue(older.wechat_user_id), dead;
	struct access_token of_younger = issue(younger.wechat_user_id);
	struct principal principal;
	struct account_ref ref;
	char id[UUID_TEXT_SIZE];

	(void)state;
	dead = issue(younger.wechat_user_id);
	sql("UPDATE access_token SET security_stamp = REPEAT('x', 16) "
	    "WHERE hash = UNHEX(SHA2('%s', 256))", dead.text);
	assert_string_equal(log_in(&mini, "oMerge1", "uMerge").id, older.id);
	expect(&of_older, ERR_NONE);
	assert_int_equal(find(of_younger.text, &principal), ERR_NONE);
	uuid_format(principal.account_id, id);
	assert_string_equal(id, older.id);
	expect(&dead, ERR_TOKEN_REVOKED);
	of_younger = renew(&of_younger);
	ref = ref_of(younger.id); /* the same by now */
	assert_int_equal(account_log_out(test_db, &ref), ERR_NONE);
	expect(&of_older, ERR_TOKEN_REVOKED);
	expect(&of_younger, ERR_TOKEN_REVOKED);
}

/* ---- At the same moment. */

static struct access_token contested;
static int32_t contested_user;

static int renew_contested(int index)
{
	struct access_token successor, expected;

	(void)index;
	secret_token_derive(test_keys, contested.text, expected.text);
	if (try_renew(&contested, &successor) != ERR_NONE)
		return 1;
	return strcmp(successor.text, expected.text) == 0 ? 0 : 1;
}

static void parallel_renewals_get_one_successor(void **state)
{
	int32_t user = log_in(&mini, "oRace", NULL).wechat_user_id;
	struct access_token successor;

	(void)state;
	contested = issue(user);
	assert_int_equal(mariadb_race(N_RACERS, renew_contested), N_RACERS);
	assert_int_equal(n_live(user), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM access_token WHERE wechat_user_id = %d",
		user), 2);
	secret_token_derive(test_keys, contested.text, successor.text);
	expect(&successor, ERR_NONE);
}

struct transactions {
	int32_t n_locking, n_waiting;
};

static const struct stmt look_at_transactions = {
	.text = "SELECT COALESCE(SUM(trx_rows_modified > 0), 0), "
		"COALESCE(SUM(trx_state = 'LOCK WAIT'), 0) FROM information_schema.innodb_trx",
	.columns = COLUMNS(COLUMN(struct transactions, n_locking, INT32),
		COLUMN(struct transactions, n_waiting, INT32)),
};

/* InnoDB says the same as before to who asks more often. */
#define POLL_PAUSE_US 150000
#define N_POLLS 60

/* Until somebody else's transaction has changed rows, or waits for ours: 0; -1: never. */
static int await(struct db *db, bool is_waiting)
{
	for (int i = 0; i < N_POLLS; i++) {
		struct transactions now = {0};

		stmt_need(db, &look_at_transactions, NULL, &now, ERR_ABSENT);
		if ((is_waiting ? now.n_waiting : now.n_locking) > 0)
			return 0;
		clock_sleep_us(POLL_PAUSE_US);
	}
	return -1;
}

static enum err log_out_slowly(struct db *db, void *ctx)
{
	enum err err = token_revoke(db, contested.text);

	(void)ctx;
	if (err != ERR_NONE)
		return err;
	return await(db, true) == 0 ? ERR_NONE : ERR_INTERNAL;
}

static int log_out_or_renew(int index)
{
	struct access_token successor;

	if (index == 0)
		return transaction_run(test_db, log_out_slowly, NULL) == ERR_NONE ? 0 : 1;
	if (await(test_db, false) != 0)
		return 1;
	return try_renew(&contested, &successor) == ERR_TOKEN_REVOKED ? 0 : 1;
}

static void no_renewal_escapes_a_log_out(void **state)
{
	int32_t user = log_in(&mini, "oEscape", NULL).wechat_user_id;

	(void)state;
	contested = issue(user);
	assert_int_equal(mariadb_race(2, log_out_or_renew), 2);
	assert_int_equal(n_live(user), 0);
}

static int issue_contested(int index)
{
	struct access_token token;

	(void)index;
	for (int i = 0; i < 3; i++)
		if (token_issue(test_db, tenant, contested_user, &token) != ERR_NONE)
			return 1;
	return 0;
}

static void parallel_logins_leave_ten_families(void **state)
{
	(void)state;
	contested_user = log_in(&mini, "oCrowd", NULL).wechat_user_id;
	assert_int_equal(mariadb_race(N_RACERS, issue_contested), N_RACERS);
	assert_int_equal(n_live(contested_user), N_FAMILIES);
}

/* ---- Each request to the server goes wrong once. */

enum { ISSUE, RENEW, DISABLE, N_CALLS };

static int32_t victim;
static struct account_ref account_of_victim;

struct trial_call {
	int call;
	struct access_token first, token; /* before and after it */
};

static enum err run_call(void *ctx)
{
	struct trial_call *trial = ctx;

	if (trial->call == ISSUE)
		return token_issue(test_db, tenant, victim, &trial->token);
	if (trial->call == RENEW)
		return try_renew(&trial->first, &trial->token);
	return account_disable(test_db, &account_of_victim);
}

static const char *everything(void)
{
	return sql_text("SELECT MD5(CONCAT_WS('/', (SELECT GROUP_CONCAT(CONCAT_WS(',', id, "
			"rotated_at, revoked_at) ORDER BY id) FROM access_token), "
			"(SELECT GROUP_CONCAT(HEX(security_stamp), is_active ORDER BY id) "
			"FROM account), (SELECT SUM(n_token_families) FROM wechat_user), "
			"(SELECT COUNT(*) FROM audit)))");
}

static bool attempt(int call, const struct fault *fault)
{
	struct trial_call ctx = {.call = call, .first = issue(victim)};
	const struct trial trial = {.run = run_call, .everything = everything, .ctx = &ctx};
	bool is_reached = run_with_fault(&trial, fault);

	if (call == DISABLE)
		expect(&ctx.first, ERR_TOKEN_REVOKED);
	else
		expect(&ctx.token, ERR_NONE);
	assert_int_equal(account_enable(test_db, &account_of_victim), ERR_NONE);
	return is_reached;
}

static void nothing_is_half_stored(void **state)
{
	(void)state;
	victim = log_in(&mini, "oFault", NULL).wechat_user_id;
	account_of_victim = ref_of("oFault");
	for (int call = 0; call < N_CALLS; call++)
		break_each(attempt, call, 3);
}

static void what_is_long_dead_is_purged(void **state)
{
	struct access_token dead = issue_to("oDead"), dying = issue_to("oDying");

	(void)state;
	grow_older(&dead, "'8 2:0:0' DAY_SECOND");
	grow_older(&dying, "'8 1:59:0' DAY_SECOND");
	assert_int_equal(purged(token_purge), 1);
	expect(&dead, ERR_UNAUTHORIZED);
	expect(&dying, ERR_TOKEN_EXPIRED);
}

/* The release before names no owner in it, and it cannot be named now. */
static void a_token_without_an_owner_is_busy_where_nothing_is_written(void **state)
{
	static const unsigned codes[] = {ER_OPTION_PREVENTS_STATEMENT, ER_DISK_FULL};

	(void)state;
	for (size_t i = 0; i < N_OF(codes); i++) {
		struct access_token token = issue_to("oUnnamed");

		sql("UPDATE access_token SET account_id = NULL "
		    "WHERE hash = UNHEX(SHA2('%s', 256))", token.text);
		break_at(2, 100, codes[i]);
		expect(&token, ERR_BUSY);
		break_at(0, 0, 0);
		db_end_request(test_db);
		expect(&token, ERR_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_gets_a_token_for_two_hours),
		cmocka_unit_test(who_gets_none),
		cmocka_unit_test(an_expired_token_is_known_another_is_not),
		cmocka_unit_test(a_renewal_takes_the_place_of_the_token),
		cmocka_unit_test(a_renewed_token_as_a_bearer_harms_nobody),
		cmocka_unit_test(a_renewal_can_be_repeated_for_ten_seconds),
		cmocka_unit_test(a_later_renewal_ends_the_family),
		cmocka_unit_test(a_token_is_renewed_until_seven_days_after_its_end),
		cmocka_unit_test(a_family_ends_ninety_days_after_its_login),
		cmocka_unit_test(the_oldest_of_eleven_families_goes),
		cmocka_unit_test(a_log_out_ends_one_family),
		cmocka_unit_test(any_token_of_a_family_logs_it_out),
		cmocka_unit_test(a_new_stamp_revokes_all_of_an_account),
		cmocka_unit_test(a_disabled_account_and_its_tokens),
		cmocka_unit_test(how_an_account_is_named),
		cmocka_unit_test(tokens_do_not_outlive_what_they_stand_for),
		cmocka_unit_test(tokens_of_both_outlive_a_merge),
		cmocka_unit_test(parallel_renewals_get_one_successor),
		cmocka_unit_test(no_renewal_escapes_a_log_out),
		cmocka_unit_test(parallel_logins_leave_ten_families),
		cmocka_unit_test(nothing_is_half_stored),
		cmocka_unit_test(what_is_long_dead_is_purged),
		cmocka_unit_test(a_token_without_an_owner_is_busy_where_nothing_is_written),
	};

	return cmocka_run_group_tests_name("token", tests, logins_open, mariadb_close);
}
