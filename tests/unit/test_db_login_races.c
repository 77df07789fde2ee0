#include "unit.h"

#include "account_admin.h"
#include "account_unmerge.h"
#include "active_day.h"
#include "app_move.h"
#include "authorization.h"
#include "crypto.h"
#include "db.h"
#include "logins.h"
#include "mariadb.h"
#include "member.h"
#include "member_binding.h"
#include "push_event.h"
#include "rivals.h"
#include "token.h"
#include "wechat_user.h"

/* Before each statement of a login another process changes the same person. The login succeeds,
 * its session is stored, and it answers what is stored then. */

static void have_person(void)
{
	renew_person();
	log_in(&mini, person.openid, person.unionid);
	log_in(&official, person.openid2, person.unionid);
}

static void have_two_persons(void)
{
	renew_person();
	log_in(&mobile, person.other, NULL);
	log_in(&mini, person.openid, person.unionid);
}

/* ---- What the others do. */

static enum err save_name_of_second_app(struct db *db)
{
	return rival_save_by(db, person.openid2);
}

static enum err undo_merge(struct db *db)
{
	enum unmerge_problem problem;

	return account_unmerge(db, person.merge_id, &problem);
}

static void have_merged_person(void)
{
	have_two_persons();
	assert_int_equal(rival_merge(test_db), ERR_NONE);
}

/* The unionid came with the other account, and leaves with it. */
static void have_lent_unionid(void)
{
	renew_person();
	log_in(&mini, person.openid, NULL);
	log_in(&mobile, person.other, person.unionid);
	assert_int_equal(rival_merge(test_db), ERR_NONE);
	log_in(&mini, person.openid, person.unionid);
}

/* Another person holds the unionid, and takes it along. */
static void have_owner(void)
{
	renew_person();
	log_in(&mobile, person.other, person.unionid);
}

static void have_owner_and_user(void)
{
	have_owner();
	log_in(&mini, person.openid, NULL);
}

static enum err erase_owner(struct db *db)
{
	return rival_erase_by(db, &mobile, person.other);
}

static enum err push(struct db *db, const char *name)
{
	const struct push_event event = {
		.tenant_id = tenant,
		.app_id = mini.id,
		.appid = mini.appid,
		.openid = person.openid,
		.name = name,
		.happened_us = INT64_C(1000000),
		.is_covered = true,
	};

	return push_event_take(db, &event);
}

static enum err follow(struct db *db)
{
	return push(db, "subscribe");
}

static enum err forget_profile(struct db *db)
{
	return push(db, "user_info_modified");
}

static enum err bind_member(struct db *db)
{
	const struct principal server = server_of(tenant);
	const struct member member = {.phone = "13800000000", .name = "Card"};
	struct wechat_user user;
	int32_t id;
	enum err err = wechat_user_by_openid(db, &server, person.openid, &user);

	return err == ERR_NONE ? member_create(db, &server, user.id, &member, &id) : err;
}

static void have_person_without_member(void)
{
	have_person();
	sql("UPDATE wechat_user SET member_id = NULL; DELETE FROM member");
}

static enum err move_app(struct db *db)
{
	struct app_move move = {.appid = mini.appid, .platform = "elsewhere"};

	return app_move(db, &move);
}

static void have_app_in_place(void)
{
	struct app_move back = {.appid = mini.appid, .platform = "open"};

	app_move(test_db, &back);
	have_person();
}

static enum err switch_off(struct db *db)
{
	struct account_ref ref;
	enum err err = account_find(db, person.openid, &ref);

	return err == ERR_NONE ? account_disable(db, &ref) : err;
}

struct case_of_rival {
	const char *name;
	void (*prepare)(void);
	enum err (*fn)(struct db *db);
	bool changes_user;
};

/* ---- The login. */

struct attempt {
	struct wechat_login login;
	struct claim claim;
	struct account answer;
	struct access_token *token; /* NULL: none is wanted */
	struct rival_outcome rival;
	enum err err;
};

static void log_in_with_rival(struct attempt *attempt, const struct case_of_rival *rival, int n)
{
	rival->prepare();
	attempt->login.openid = person.openid;
	attempt->login.unionid = person.unionid;
	attempt->login.session_key = "mine";
	attempt->claim = take_claim(&mini, new_code());
	rival_before(n, rival->fn);
	attempt->err = login_complete(
		test_db, &attempt->claim, &attempt->login, &attempt->answer, attempt->token);
	attempt->rival = rival_end();
	if (attempt->rival.err != ERR_NONE)
		fail_msg("%s, before statement %d, fails: %d", rival->name, n,
			(int)attempt->rival.err);
}

static void assert_answer_is_stored(const struct account *answer)
{
	struct account stored;

	assert_int_equal(
		account_by_wechat_user(test_db, tenant, answer->wechat_user_id, &stored), ERR_NONE);
	assert_string_equal(answer->id, stored.id);
	assert_string_equal(answer->openid, stored.openid);
	assert_string_equal(answer->name, stored.name);
	assert_string_equal(answer->email, stored.email);
	assert_string_equal(answer->security_stamp, stored.security_stamp);
	assert_string_equal(answer->concurrency_stamp, stored.concurrency_stamp);
	assert_int_equal(answer->entity_version, stored.entity_version);
	assert_int_equal(answer->created_us, stored.created_us);
	assert_int_equal(answer->modified_us, stored.modified_us);
	assert_int_equal(answer->trial_to_us, stored.trial_to_us);
	assert_int_equal(answer->is_following, stored.is_following);
	assert_true(answer->is_active && stored.is_active);
}

/* The seal of the session key opens, whatever row it is in by now. */
static void assert_session_is_stored(const struct attempt *attempt)
{
	struct known_session session;

	assert_int_equal(authorization_session(test_db, &mini, person.openid, &session), ERR_NONE);
	assert_string_equal(session.session_key, "mine");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM login_claim c JOIN wechat_user u "
				    "ON u.id = c.wechat_user_id WHERE c.id = %lld AND c.state = 1 "
				    "AND u.openid = '%s'",
				 (long long)attempt->claim.id, person.openid),
		1);
}

static void assert_nobody_is_left_alone(void)
{
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account a WHERE NOT EXISTS "
				    "(SELECT 1 FROM wechat_user u WHERE u.account_id = a.id) "
				    "AND NOT EXISTS (SELECT 1 FROM account_alias x "
				    "WHERE x.alias = a.id)"),
		0);
}

static enum err find_token(const char *text, struct principal *principal_r)
{
	uint8_t hash[CRYPTO_HASH_SIZE];

	crypto_sha256(text, SECRET_TOKEN_SIZE, hash);
	return token_find(test_db, hash, principal_r);
}

static void assert_token_is_valid(const char *text)
{
	struct principal principal;

	assert_int_equal(find_token(text, &principal), ERR_NONE);
	assert_string_equal(principal.openid, person.openid);
	assert_tokens_know_their_owners();
}

static void check_attempt(const struct attempt *attempt, const struct case_of_rival *rival)
{
	const struct rival_outcome *outcome = &attempt->rival;

	if (outcome->has_come && !outcome->was_first)
		return;
	assert_session_is_stored(attempt);
	if (!outcome->has_come || attempt->login.nickname != NULL || rival->changes_user)
		assert_answer_is_stored(&attempt->answer);
	if (attempt->token != NULL)
		assert_token_is_valid(attempt->token->text);
}

/* nickname: NULL if WeChat says nothing new. A login that changes nothing of the account may answer
 * what the account, but not the user, was when it read them. Returns the number of statements. */
static int run_rival(
	const struct case_of_rival *rival, const char *nickname, struct access_token *token)
{
	for (int n = 1;; n++) {
		struct attempt attempt = {.login.nickname = nickname, .token = token};

		log_in_with_rival(&attempt, rival, n);
		if (attempt.err != ERR_NONE)
			fail_msg("%s, before statement %d: %d", rival->name, n, (int)attempt.err);
		check_attempt(&attempt, rival);
		db_end_request(test_db);
		if (!attempt.rival.has_come)
			return n - 1;
	}
}

static void test_a_known_user(void **state)
{
	struct access_token token;
	static const struct case_of_rival rivals[] = {
		{"a save", have_person, rival_save, true},
		{"a save of another user", have_person, save_name_of_second_app},
		{"the same login", have_person, rival_log_in, true},
		{"a login by another app", have_person, rival_log_in_by_second_app},
		{"a merge", have_two_persons, rival_merge, true},
		{"an undo", have_merged_person, undo_merge, true},
		{"an undo that takes the unionid", have_lent_unionid, undo_merge},
		{"an erasure", have_person, rival_erase, true},
		{"a follow", have_person, follow, true},
		{"a new profile at WeChat", have_person, forget_profile, true},
		{"a member", have_person_without_member, bind_member, true},
		{"a move of the app", have_app_in_place, move_app},
	};

	(void)state;
	/* One more if the account has another user. */
	for (size_t i = 0; i < N_OF(rivals); i++) {
		assert_in_range(run_rival(&rivals[i], NULL, NULL), 2, 3);
		assert_in_range(run_rival(&rivals[i], "New", NULL), 2, 3);
		assert_in_range(run_rival(&rivals[i], NULL, &token), 4, 5);
	}
	have_app_in_place();
	assert_nobody_is_left_alone();
}

static void test_a_new_user(void **state)
{
	struct access_token token;
	static const struct case_of_rival rivals[] = {
		{"a save", renew_person, rival_save},
		{"the same login", renew_person, rival_log_in},
		{"a login by another app", renew_person, rival_log_in_by_second_app},
		{"an erasure", renew_person, rival_erase},
		{"a follow", renew_person, follow},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rivals); i++)
		assert_in_range(run_rival(&rivals[i], "New", &token), 7, 8);
	assert_nobody_is_left_alone();
	assert_int_equal(sql_number("SELECT COUNT(*) FROM waiting_follow"), 0);
}

static void test_a_unionid_that_another_holds(void **state)
{
	static const struct case_of_rival rivals[] = {
		{"an erasure, for a new user", have_owner, erase_owner},
		{"an erasure, for a known one", have_owner_and_user, erase_owner},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rivals); i++)
		assert_true(run_rival(&rivals[i], "New", NULL) > 7);
	assert_nobody_is_left_alone();
}

static enum err log_in_before_switch(int n, const char *nickname, struct access_token *token)
{
	static const struct case_of_rival rival = {"a command", have_person, switch_off};
	struct attempt attempt = {.login.nickname = nickname, .token = token};

	log_in_with_rival(&attempt, &rival, n);
	return attempt.err;
}

/* Before the UPDATE it comes too late for a login that does not change the account. The token is
 * revoked with all that were before, also for when the account is switched on again. */
static void test_an_account_that_is_switched_off(void **state)
{
	struct access_token token;
	struct principal principal;

	(void)state;
	assert_int_equal(log_in_before_switch(1, NULL, NULL), ERR_ACCOUNT_DISABLED);
	assert_int_equal(log_in_before_switch(2, NULL, NULL), ERR_NONE);
	assert_int_equal(log_in_before_switch(2, "New", NULL), ERR_ACCOUNT_DISABLED);
	assert_int_equal(log_in_before_switch(2, NULL, &token), ERR_NONE);
	assert_int_equal(find_token(token.text, &principal), ERR_TOKEN_REVOKED);
	sql("UPDATE account SET is_active = 1");
	assert_int_equal(find_token(token.text, &principal), ERR_TOKEN_REVOKED);
}

/* ---- The authorization by a tenant's server. */

/* name: NULL if the server says nothing new. Returns whether the rival has come. */
static bool authorize_with_rival(const struct case_of_rival *rival, const char *name, int n)
{
	const struct authorization authorization = {
		.app = &mini, .openid = person.openid, .is_trusted = true, .change.name = name,
	};
	struct account stored;
	struct account account;
	struct access_token token;
	struct rival_outcome outcome;
	enum err err;

	rival->prepare();
	rival_before(n, rival->fn);
	err = authorization_store(test_db, &authorization, &account, &token);
	outcome = rival_end();
	if (err != ERR_NONE || outcome.err != ERR_NONE)
		fail_msg("%s, before statement %d: %d, %d", rival->name, n, (int)err,
			(int)outcome.err);
	if (!outcome.has_come || outcome.was_first) {
		assert_int_equal(account_by_wechat_user(test_db, tenant, account.wechat_user_id,
					 &stored), ERR_NONE);
		assert_string_equal(account.id, stored.id);
		assert_string_equal(account.name, stored.name);
		if (name != NULL)
			assert_string_equal(account.name, name);
		assert_token_is_valid(token.text);
	}
	db_end_request(test_db);
	return outcome.has_come;
}

static void test_an_authorization(void **state)
{
	static const struct case_of_rival rivals[] = {
		{"a save", have_person, rival_save},
		{"a save of a new user", renew_person, rival_save},
		{"a login", have_person, rival_log_in},
		{"a merge", have_two_persons, rival_merge},
		{"an undo", have_merged_person, undo_merge},
		{"an erasure", have_person, rival_erase},
		{"a follow", have_person, follow},
		{"a member", have_person_without_member, bind_member},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rivals); i++) {
		for (int n = 1; authorize_with_rival(&rivals[i], "New", n); n++)
			;
		for (int n = 1; authorize_with_rival(&rivals[i], NULL, n); n++)
			;
	}
	assert_nobody_is_left_alone();
}

/* ---- A login that begins before midnight and ends after it. */

static void day_ends(void)
{
	sql("UPDATE wechat_user SET active_on = active_on - INTERVAL 1 DAY; "
	    "DELETE FROM active_day");
}

static void test_a_day_that_begins_within_a_login(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *unionid = i == 0 ? NULL : person.unionid;

		renew_person();
		log_in(&mini, person.openid, unionid);
		interrupt(3, day_ends); /* after the claim and the look */
		log_in(&mini, person.openid, unionid);
		assert_int_equal(n_until_interrupted(), 0);
		log_in(&mini, person.openid, unionid);
		assert_int_equal(sql_number("SELECT COUNT(*) FROM active_day "
					    "WHERE day = " ACTIVE_DAY_TODAY), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_known_user),
		cmocka_unit_test(test_a_new_user),
		cmocka_unit_test(test_a_unionid_that_another_holds),
		cmocka_unit_test(test_an_account_that_is_switched_off),
		cmocka_unit_test(test_an_authorization),
		cmocka_unit_test(test_a_day_that_begins_within_a_login),
	};

	return cmocka_run_group_tests_name("db_login_races", tests, rivals_open, mariadb_close);
}
