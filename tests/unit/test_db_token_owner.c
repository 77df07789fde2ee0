#include "unit.h"

#include "account_admin.h"
#include "account_close.h"
#include "account_unmerge.h"
#include "authorization.h"
#include "crypto.h"
#include "introspection.h"
#include "logins.h"
#include "mariadb.h"
#include "person_find.h"
#include "person_overview.h"
#include "rivals.h"
#include "token_family.h"
#include "token_renewal.h"

/* Whose token it is stands in the token's row. It says what the user's row says, whatever moves the
 * user, and a token counts for as long as its account lets it. */

static struct access_token begin(const struct app *app, const char *openid)
{
	const struct authorization authorization = {
		.app = app, .openid = openid, .is_trusted = true,
	};
	struct account account;
	struct access_token token;

	assert_int_equal(
		authorization_store(test_db, &authorization, &account, &token), ERR_NONE);
	return token;
}

static void hash_of(const struct access_token *token, uint8_t hash[CRYPTO_HASH_SIZE])
{
	crypto_sha256(token->text, SECRET_TOKEN_SIZE, hash);
}

/* Of the token alone, and beside one that is none, which is the other statement. Returns whether it
 * is active. */
static bool introspect(const struct access_token *token, struct introspection *found_r)
{
	uint8_t hashes[2][CRYPTO_HASH_SIZE] = {{0}};
	struct introspection *alone, *listed;
	size_t n_alone, n_listed;

	hash_of(token, hashes[0]);
	assert_int_equal(
		introspection_list(test_db, tenant, hashes, 1, &alone, &n_alone), ERR_NONE);
	assert_int_equal(
		introspection_list(test_db, tenant, hashes, 2, &listed, &n_listed), ERR_NONE);
	assert_int_equal(n_alone, n_listed);
	if (n_alone == 0)
		return false;
	*found_r = *alone;
	assert_true(uuid_is_equal(alone->account_id, listed->account_id));
	assert_string_equal(alone->appid, listed->appid);
	assert_string_equal(alone->openid, listed->openid);
	assert_int_equal(alone->former_ids == NULL, listed->former_ids == NULL);
	return true;
}

static void assert_is_of(const struct access_token *token, const struct app *app,
	const char *openid, struct uuid account_id)
{
	struct introspection found;
	struct principal principal;
	uint8_t hash[CRYPTO_HASH_SIZE];

	assert_true(introspect(token, &found));
	assert_string_equal(found.appid, app->appid);
	assert_string_equal(found.openid, openid);
	assert_true(uuid_is_equal(found.account_id, account_id));
	hash_of(token, hash);
	assert_int_equal(token_find(test_db, hash, &principal), ERR_NONE);
	assert_string_equal(principal.openid, openid);
	assert_true(uuid_is_equal(principal.account_id, account_id));
}

static void assert_is_of_nobody(const struct access_token *token)
{
	struct introspection found;
	struct principal principal;
	uint8_t hash[CRYPTO_HASH_SIZE];

	assert_false(introspect(token, &found));
	hash_of(token, hash);
	assert_int_not_equal(token_find(test_db, hash, &principal), ERR_NONE);
}

static struct access_token renew(const struct access_token *token)
{
	struct principal principal = {0};
	struct access_token successor;

	assert_int_equal(token_renew(test_db, token->text, &successor, &principal), ERR_NONE);
	return successor;
}

static struct uuid account_of(const char *openid)
{
	struct account_ref ref;

	assert_int_equal(account_find(test_db, openid, &ref), ERR_NONE);
	return ref.id;
}

static int32_t moving_user; /* of person.other */

static void have_two_persons(void)
{
	renew_person();
	log_in(&mini, person.openid, NULL);
	moving_user = log_in(&mobile, person.other, NULL).wechat_user_id;
}

static enum err undo_merge(struct db *db)
{
	enum unmerge_problem problem;

	return account_unmerge(db, person.merge_id, &problem);
}

static enum err log_out(struct db *db)
{
	struct account_ref ref;
	enum err err = account_find(db, person.other, &ref);

	return err == ERR_NONE ? account_log_out(db, &ref) : err;
}

/* ---- Whom a merge and its undo move. */

static void test_a_merge_and_its_undo(void **state)
{
	struct access_token stays, moves, renewed, dead, later;
	struct uuid survivor, merged;

	(void)state;
	have_two_persons();
	survivor = account_of(person.openid);
	merged = account_of(person.other);
	dead = begin(&mobile, person.other);
	assert_int_equal(log_out(test_db), ERR_NONE);
	stays = begin(&mini, person.openid);
	moves = begin(&mobile, person.other);
	renewed = begin(&mobile, person.other);

	assert_int_equal(rival_merge(test_db), ERR_NONE);
	assert_is_of(&stays, &mini, person.openid, survivor);
	assert_is_of(&moves, &mobile, person.other, survivor);
	renewed = renew(&renewed);
	assert_is_of(&renewed, &mobile, person.other, survivor);
	later = begin(&mobile, person.other);
	assert_is_of_nobody(&dead);

	assert_int_equal(undo_merge(test_db), ERR_NONE);
	assert_is_of(&stays, &mini, person.openid, survivor);
	assert_is_of(&moves, &mobile, person.other, merged);
	assert_is_of(&renewed, &mobile, person.other, merged);
	assert_is_of(&later, &mobile, person.other, merged);
	assert_is_of_nobody(&dead);
	assert_int_equal(log_out(test_db), ERR_NONE);
	assert_is_of(&stays, &mini, person.openid, survivor);
	assert_is_of_nobody(&moves);
	assert_is_of_nobody(&renewed);
}

static void test_a_login_merges_two_accounts(void **state)
{
	struct access_token older, younger;
	struct uuid survivor;

	(void)state;
	renew_person();
	log_in(&mini, person.openid, NULL);
	log_in(&official, person.openid2, person.unionid);
	survivor = account_of(person.openid);
	older = begin(&mini, person.openid);
	younger = begin(&official, person.openid2);
	log_in(&mini, person.openid, person.unionid);
	assert_is_of(&older, &mini, person.openid, survivor);
	assert_is_of(&younger, &official, person.openid2, survivor);
}

/* ---- Whom a login takes from the app that a tenant's server has named. */

static void test_another_app(void **state)
{
	struct access_token token, renewed;

	(void)state;
	renew_person();
	token = begin(&mobile, person.openid);
	renewed = begin(&mobile, person.openid);
	renewed = renew(&renewed);
	assert_is_of(&token, &mobile, person.openid, account_of(person.openid));
	log_in(&mini, person.openid, person.unionid);
	assert_is_of(&token, &mini, person.openid, account_of(person.openid));
	assert_is_of(&renewed, &mini, person.openid, account_of(person.openid));
}

/* ---- What ends all tokens of an account. */

static enum err switch_off(struct db *db)
{
	struct account_ref ref;
	enum err err = account_find(db, person.other, &ref);

	return err == ERR_NONE ? account_disable(db, &ref) : err;
}

static enum err erase(struct db *db)
{
	return rival_erase_by(db, &mobile, person.other);
}

static enum err close_account(struct db *db)
{
	const struct principal principal = {
		.kind = PRINCIPAL_ACCESS_TOKEN, .tenant_id = tenant, .name = "test",
		.wechat_user_id = moving_user,
	};
	struct closing closing;

	return account_close(db, &principal, &closing);
}

static void test_what_ends_the_tokens_of_an_account(void **state)
{
	static enum err (*const ends[])(struct db *db) = {
		log_out, switch_off, close_account, erase,
	};

	(void)state;
	for (size_t i = 0; i < N_OF(ends); i++) {
		struct access_token token, other;

		have_two_persons();
		other = begin(&mini, person.openid);
		token = begin(&mobile, person.other);
		assert_is_of(&token, &mobile, person.other, account_of(person.other));
		assert_int_equal(ends[i](test_db), ERR_NONE);
		assert_is_of_nobody(&token);
		assert_is_of(&other, &mini, person.openid, account_of(person.openid));
	}
}

static void set_account(const char *columns)
{
	sql("UPDATE account SET %s WHERE id = "
	    "(SELECT account_id FROM wechat_user WHERE openid = '%s')", columns, person.other);
}

/* Whoever has written it. */
static void test_what_the_row_of_an_account_says(void **state)
{
	static const char *const ends[] = {
		"is_active = 0", "is_deleted = 1", "security_stamp = REPEAT('x', 16)",
		"lockout_end = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR",
	};
	static const char *const ends_nothing[] = {
		"lockout_end = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND",
		"lockout_end = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, is_lockout_enabled = 0",
	};

	(void)state;
	for (size_t i = 0; i < N_OF(ends); i++) {
		struct access_token token;

		have_two_persons();
		token = begin(&mobile, person.other);
		set_account(ends[i]);
		assert_is_of_nobody(&token);
	}
	for (size_t i = 0; i < N_OF(ends_nothing); i++) {
		struct access_token token;

		have_two_persons();
		token = begin(&mobile, person.other);
		set_account(ends_nothing[i]);
		assert_is_of(&token, &mobile, person.other, account_of(person.other));
	}
}

/* ---- A token of the release before names no owner. */

/* As that release writes it. */
static void forget_owner(const struct access_token *token)
{
	sql("UPDATE access_token SET account_id = NULL, app_id = NULL, openid = NULL "
	    "WHERE hash = UNHEX(SHA2('%s', 256))", token->text);
}

/* Where some do not name their owner in the end. */
static void drop_tokens(void)
{
	sql("DELETE FROM access_token WHERE wechat_user_id = %d", moving_user);
}

static enum err find(const struct access_token *token)
{
	struct principal principal;
	uint8_t hash[CRYPTO_HASH_SIZE];

	hash_of(token, hash);
	return token_find(test_db, hash, &principal);
}

static void assert_is_mobile(const struct access_token *token)
{
	assert_is_of(token, &mobile, person.other, account_of(person.other));
	assert_tokens_know_their_owners();
}

static void test_a_look_up_lets_it_name_its_owner(void **state)
{
	struct access_token token, successor;
	struct introspection found;

	(void)state;
	have_two_persons();
	token = begin(&mobile, person.other);
	forget_owner(&token);
	assert_true(introspect(&token, &found));
	assert_is_mobile(&token);
	forget_owner(&token);
	assert_int_equal(find(&token), ERR_NONE);
	assert_is_mobile(&token);
	forget_owner(&token);
	successor = renew(&token);
	assert_is_mobile(&successor);
}

static void test_a_list_lets_all_name_their_owners(void **state)
{
	struct access_token tokens[3];
	uint8_t hashes[N_OF(tokens)][CRYPTO_HASH_SIZE];
	struct introspection *active;
	size_t n_active;

	(void)state;
	have_two_persons();
	for (size_t i = 0; i < N_OF(tokens); i++) {
		tokens[i] = begin(&mobile, person.other);
		hash_of(&tokens[i], hashes[i]);
	}
	forget_owner(&tokens[0]);
	forget_owner(&tokens[2]);
	assert_int_equal(introspection_list(test_db, tenant, hashes, N_OF(tokens), &active,
				 &n_active),
		ERR_NONE);
	assert_int_equal(n_active, N_OF(tokens));
	for (size_t i = 0; i < N_OF(tokens); i++)
		assert_is_mobile(&tokens[i]);
}

/* The principal is known, and the first look-up is that of the locked token. */
static void test_a_renewal_lets_them_name_their_owners(void **state)
{
	struct principal principal = {.tenant_id = tenant}, again = principal;
	struct access_token token, successor, repeated;

	(void)state;
	have_two_persons();
	token = begin(&mobile, person.other);
	principal.wechat_user_id = again.wechat_user_id = moving_user;
	forget_owner(&token);
	assert_int_equal(
		token_renew(test_db, token.text, &successor, &principal), ERR_NONE);
	assert_is_mobile(&successor);
	forget_owner(&token);
	forget_owner(&successor);
	assert_int_equal(token_renew(test_db, token.text, &repeated, &again), ERR_NONE);
	assert_string_equal(repeated.text, successor.text);
	assert_string_equal(again.openid, person.other);
	assert_true(uuid_is_equal(again.account_id, account_of(person.other)));
	assert_is_mobile(&successor);
}

static void test_without_an_owner_it_is_refused_as_with_one(void **state)
{
	struct access_token token;

	(void)state;
	have_two_persons();
	token = begin(&mobile, person.other);
	sql("UPDATE access_token SET expires_at = UTC_TIMESTAMP(6) WHERE wechat_user_id = %d",
		moving_user);
	forget_owner(&token);
	assert_int_equal(find(&token), ERR_TOKEN_EXPIRED);
	token = renew(&token);
	forget_owner(&token);
	assert_int_equal(log_out(test_db), ERR_NONE);
	assert_is_of_nobody(&token);
	token = begin(&mobile, person.other);
	forget_owner(&token);
	assert_int_equal(token_revoke(test_db, token.text), ERR_NONE);
	assert_int_equal(find(&token), ERR_TOKEN_REVOKED);
	drop_tokens();
}

/* As a login or a save holds it. */
static void test_a_locked_user_holds_up_no_look_up(void **state)
{
	struct access_token token;

	(void)state;
	have_two_persons();
	token = begin(&mobile, person.other);
	forget_owner(&token);
	sql("START TRANSACTION; SELECT id FROM wechat_user WHERE id = %d FOR UPDATE", moving_user);
	assert_int_equal(find(&token), ERR_NONE);
	sql("ROLLBACK");
	assert_is_mobile(&token);
}

static void test_a_merge_lets_it_name_its_owner(void **state)
{
	struct access_token token;

	(void)state;
	have_two_persons();
	token = begin(&mobile, person.other);
	forget_owner(&token);
	assert_int_equal(rival_merge(test_db), ERR_NONE);
	assert_is_of(&token, &mobile, person.other, account_of(person.openid));
	forget_owner(&token);
	assert_int_equal(undo_merge(test_db), ERR_NONE);
	assert_is_mobile(&token);
}

static int n_statements_of(const struct access_token *token)
{
	const int most = 100;

	interrupt(most, NULL);
	find(token);
	return most - n_until_interrupted();
}

static void test_only_it_costs_more(void **state)
{
	struct access_token token, unknown;

	(void)state;
	have_two_persons();
	token = unknown = begin(&mobile, person.other);
	unknown.text[SECRET_TOKEN_SIZE - 1] ^= 1;
	assert_int_equal(n_statements_of(&token), 1);
	assert_int_equal(n_statements_of(&unknown), 1);
	forget_owner(&token);
	assert_int_equal(n_statements_of(&token), 3);
	assert_int_equal(n_statements_of(&token), 1);
	forget_owner(&token);
	assert_int_equal(token_revoke(test_db, token.text), ERR_NONE);
	assert_int_equal(n_statements_of(&token), 1);
	interrupt(0, NULL);
	drop_tokens();
}

/* The release before writes the app of a user alone. */
static void test_a_renewal_reads_the_app_of_the_user(void **state)
{
	struct access_token token;

	(void)state;
	have_two_persons();
	token = begin(&mobile, person.other);
	sql("UPDATE access_token SET app_id = %d WHERE wechat_user_id = %d", mini.id, moving_user);
	token = renew(&token);
	assert_is_of(&token, &mobile, person.other, account_of(person.other));
	drop_tokens();
}

/* ---- The sessions of a person: those of its users, whatever account their tokens name. */

static void test_a_person_ends_each_session(void **state)
{
	static const char *const accounts[] = {"account_id", "NULL", "REPEAT('x', 16)"};

	(void)state;
	for (size_t i = 0; i < N_OF(accounts); i++) {
		struct principal principal = {.tenant_id = tenant};
		struct person_overview overview;
		struct person whose;
		struct token_family *families;
		size_t n;

		have_two_persons();
		begin(&mobile, person.other);
		sql("UPDATE access_token SET account_id = %s WHERE wechat_user_id = %d",
			accounts[i], moving_user);
		assert_int_equal(person_find(test_db, person.other, &whose), ERR_NONE);
		principal.account_id = whose.account_id;
		assert_int_equal(token_family_list(test_db, &principal, &families, &n), ERR_NONE);
		assert_int_equal(n, 1);
		assert_int_equal(person_overview(test_db, &whose, &overview), ERR_NONE);
		assert_int_equal(overview.n_tokens, 1);
		assert_int_equal(overview.tokens[0].n, 1);
		assert_int_equal(token_family_end(test_db, &principal, families->id), ERR_NONE);
		assert_int_equal(token_family_list(test_db, &principal, &families, &n), ERR_NONE);
		assert_int_equal(n, 0);
		assert_int_equal(person_overview(test_db, &whose, &overview), ERR_NONE);
		assert_int_equal(overview.n_tokens, 0);
		drop_tokens();
	}
}

/* ---- At the same moment: before each statement of a renewal another process moves the user. */

static enum err log_in_by_own_app(struct db *db)
{
	return rival_log_in_by(db, &mini, person.other);
}

static void have_two_merged_persons(void)
{
	have_two_persons();
	assert_int_equal(rival_merge(test_db), ERR_NONE);
}

static void have_person_of_another_app(void)
{
	renew_person();
	begin(&mobile, person.other);
}

struct case_of_rival {
	const char *name;
	void (*prepare)(void);
	enum err (*fn)(struct db *db);
	bool ends_it;
};

static bool renew_with_rival(const struct case_of_rival *rival, int n)
{
	struct access_token token, successor;
	struct principal principal = {0};
	struct introspection found;
	struct rival_outcome outcome;
	enum err err;

	rival->prepare();
	token = begin(&mobile, person.other);
	rival_before(n, rival->fn);
	err = token_renew(test_db, token.text, &successor, &principal);
	outcome = rival_end();
	if (outcome.err != ERR_NONE || (err != ERR_NONE && !rival->ends_it))
		fail_msg("%s, before statement %d: %d, %d", rival->name, n, (int)err,
			(int)outcome.err);
	assert_false(introspect(&token, &found));
	if (rival->ends_it && outcome.has_come)
		assert_false(err == ERR_NONE && introspect(&successor, &found));
	else
		assert_true(introspect(&successor, &found));
	assert_tokens_know_their_owners();
	db_end_request(test_db);
	return outcome.has_come;
}

static void test_a_renewal(void **state)
{
	static const struct case_of_rival rivals[] = {
		{"a merge", have_two_persons, rival_merge},
		{"an undo", have_two_merged_persons, undo_merge},
		{"a login by another app", have_person_of_another_app, log_in_by_own_app},
		{"a log-out", have_two_persons, log_out, true},
		{"a disabling", have_two_persons, switch_off, true},
		{"a closing", have_two_persons, close_account, true},
		{"an erasure", have_two_persons, erase, true},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rivals); i++)
		for (int n = 1; renew_with_rival(&rivals[i], n); n++)
			;
}

/* Before each statement of a look-up of a token that names no owner. */
static bool find_with_rival(const struct case_of_rival *rival, int n)
{
	struct access_token token;
	struct rival_outcome outcome;

	rival->prepare();
	token = begin(&mobile, person.other);
	forget_owner(&token);
	rival_before(n, rival->fn);
	assert_int_equal(find(&token), ERR_NONE);
	outcome = rival_end();
	assert_int_equal(outcome.err, ERR_NONE);
	assert_int_equal(find(&token), ERR_NONE);
	assert_tokens_know_their_owners();
	return outcome.has_come;
}

static void test_a_naming_of_the_owner(void **state)
{
	static const struct case_of_rival rivals[] = {
		{"a merge", have_two_persons, rival_merge},
		{"an undo", have_two_merged_persons, undo_merge},
		{"a login by another app", have_person_of_another_app, log_in_by_own_app},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rivals); i++)
		for (int n = 1; find_with_rival(&rivals[i], n); n++)
			;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_merge_and_its_undo),
		cmocka_unit_test(test_a_login_merges_two_accounts),
		cmocka_unit_test(test_another_app),
		cmocka_unit_test(test_what_ends_the_tokens_of_an_account),
		cmocka_unit_test(test_what_the_row_of_an_account_says),
		cmocka_unit_test(test_a_look_up_lets_it_name_its_owner),
		cmocka_unit_test(test_a_list_lets_all_name_their_owners),
		cmocka_unit_test(test_a_renewal_lets_them_name_their_owners),
		cmocka_unit_test(test_without_an_owner_it_is_refused_as_with_one),
		cmocka_unit_test(test_a_locked_user_holds_up_no_look_up),
		cmocka_unit_test(test_a_merge_lets_it_name_its_owner),
		cmocka_unit_test(test_only_it_costs_more),
		cmocka_unit_test(test_a_renewal_reads_the_app_of_the_user),
		cmocka_unit_test(test_a_person_ends_each_session),
		cmocka_unit_test(test_a_renewal),
		cmocka_unit_test(test_a_naming_of_the_owner),
	};

	return cmocka_run_group_tests_name("db_token_owner", tests, rivals_open, mariadb_close);
}
