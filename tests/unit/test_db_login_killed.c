#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "authorization.h"
#include "db.h"
#include "logins.h"
#include "mariadb.h"
#include "rivals.h"
#include "token.h"

/* A login whose worker is killed before one of its statements, or whose connection is lost before
 * the answer: either all of it is stored or nothing, and the claim tells which. */

static struct wechat_login login = {.session_key = "mine"};
static struct access_token *token; /* NULL: none is wanted */

static void renew_login(void)
{
	static char openid[32], unionid[32];
	static int n;

	snprintf(openid, sizeof(openid), "oKilled%d", ++n);
	snprintf(unionid, sizeof(unionid), "uKilled%d", n);
	login.openid = openid;
	login.unionid = unionid;
}

static void have_user(void)
{
	renew_login();
	log_in(&mini, login.openid, login.unionid);
	sql("UPDATE wechat_user SET session_key = NULL");
}

static bool has_session(void)
{
	struct known_session session;

	assert_int_equal(authorization_session(test_db, &mini, login.openid, &session), ERR_NONE);
	return strcmp(session.session_key, "mine") == 0;
}

static int64_t n_tokens(void)
{
	return sql_number("SELECT COUNT(*) FROM access_token t JOIN wechat_user u "
			  "ON u.id = t.wechat_user_id WHERE u.openid = '%s'",
		login.openid);
}

static void die(void)
{
	raise(SIGKILL);
}

/* Logs in by the claim in a process that is killed before its n-th statement. Returns whether it
 * was. */
static bool is_killed_before(int n, struct claim *claim)
{
	struct account account;
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		test_db = db_new(test_conf, test_keys);
		interrupt(n, die);
		_exit(login_complete(test_db, claim, &login, &account, token) == ERR_NONE ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

/* Returns the number of statements. */
static int kill_before_each(void (*prepare)(void))
{
	for (int n = 1;; n++) {
		struct claim claim, again;
		const char *code;
		bool is_killed;

		prepare();
		code = new_code();
		claim = take_claim(&mini, code);
		is_killed = is_killed_before(n, &claim);
		assert_int_equal(has_session(), !is_killed);
		assert_int_equal(n_tokens(), !is_killed && token != NULL ? 1 : 0);
		assert_int_equal(
			claim_take(test_db, &LOGIN_CODE(&mini, code, ADDRESS), &again), ERR_NONE);
		assert_int_equal(again.state, is_killed ? CLAIM_PENDING : CLAIM_SUCCESS);
		if (!is_killed)
			return n - 1;
		log_in(&mini, login.openid, login.unionid);
	}
}

static void test_a_worker_that_is_killed(void **state)
{
	struct access_token wanted;

	(void)state;
	assert_int_equal(kill_before_each(have_user), 2);
	assert_true(kill_before_each(renew_login) > 5);
	token = &wanted;
	assert_int_equal(kill_before_each(have_user), 4);
	assert_true(kill_before_each(renew_login) > 6);
	token = NULL;
}

/* Who asks again learns from the claim that the UPDATE has taken effect. */
static void test_an_answer_that_is_lost(void **state)
{
	struct account account;
	struct claim claim;
	const char *code;

	(void)state;
	have_user();
	code = new_code();
	claim = take_claim(&mini, code);
	lose_answer(2);
	assert_int_equal(login_complete(test_db, &claim, &login, &account, NULL), ERR_BUSY);
	assert_true(has_session());
	assert_int_equal(claim_refuse(test_db, &claim, ERR_CODE_PENDING), ERR_NONE);
	assert_int_equal(claim_take(test_db, &LOGIN_CODE(&mini, code, ADDRESS), &claim), ERR_NONE);
	assert_int_equal(claim.state, CLAIM_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_worker_that_is_killed),
		cmocka_unit_test(test_an_answer_that_is_lost),
	};

	return cmocka_run_group_tests_name("db_login_killed", tests, logins_open, mariadb_close);
}
