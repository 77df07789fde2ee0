#include "unit.h"

#include <mysql.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "authorization.h"
#include "clock.h"
#include "db.h"
#include "logins.h"
#include "mariadb.h"
#include "member.h"
#include "member_binding.h"
#include "push_event.h"
#include "resident.h"
#include "rivals.h"
#include "token_renewal.h"
#include "verify_code.h"
#include "wechat_user.h"

/* ---- Somebody else at work on the same rows, by a connection of the own. */

static MYSQL *rival;

static void rival_says(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void rival_says(const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (mysql_query(rival, text) != 0)
		fail_msg("%s: %s", text, mysql_error(rival));
	mysql_free_result(mysql_store_result(rival));
}

static int set_up(void **state)
{
	logins_open(state);
	rival = mysql_init(NULL);
	assert_non_null(mysql_real_connect(rival, NULL, "root", "", "wxuser", 0,
		getenv("WXUSER_CONF_database__socket"), 0));
	return 0;
}

static int tear_down(void **state)
{
	mysql_close(rival);
	return mariadb_close(state);
}

/* Runs fn in another process until it waits for the rival. */
static pid_t begin_aside(int (*fn)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		test_db = db_new(test_conf, test_keys);
		_exit(fn());
	}
	wait_until("SELECT variable_value > 0 FROM information_schema.global_status "
		   "WHERE variable_name = 'innodb_row_lock_current_waits'");
	return pid;
}

/* What fn returned. */
static int end_aside(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* ---- A member is bound while a save waits. */

static struct account bound;
static int32_t member_id;

static int save_with_member(void)
{
	const struct principal principal = server_of(tenant);
	const struct wechat_user user = {
		.id = bound.wechat_user_id, .name = "New", .member_id = member_id};
	int32_t id;

	return (int)wechat_user_save(test_db, &principal, &user, &id);
}

static void test_a_save_sees_what_it_waited_for(void **state)
{
	pid_t pid;

	(void)state;
	bound = log_in(&mini, "oBound", NULL);
	sql("INSERT INTO member (tenant_id, row_uuid, phone, created_at) "
	    "VALUES (%d, REPEAT('m', 16), '', UTC_TIMESTAMP(6))", tenant);
	member_id = (int32_t)sql_number("SELECT MAX(id) FROM member");
	rival_says("START TRANSACTION");
	rival_says("SELECT id FROM wechat_user WHERE id = %d FOR UPDATE", bound.wechat_user_id);
	rival_says("UPDATE wechat_user SET version = version + 1, member_id = %d, "
		   "is_only_user = 1 WHERE id = %d", member_id, bound.wechat_user_id);
	pid = begin_aside(save_with_member);
	rival_says("COMMIT");
	assert_int_equal(end_aside(pid), ERR_NONE);
}

/* ---- A profile changes while the UPDATE of a login waits for it. */

static struct claim claimed;

static int log_in_named(void)
{
	const struct wechat_login login = {
		.openid = "oBound", .nickname = "WeChat's", .session_key = "waited",
	};
	struct account account;

	if (login_complete(test_db, &claimed, &login, &account, NULL) != ERR_NONE)
		return 1;
	return strcmp(account.name, "Own") == 0 ? 0 : 2;
}

static void test_a_login_sees_what_it_waited_for(void **state)
{
	pid_t pid;

	(void)state;
	log_in(&mini, "oBound", NULL);
	claimed = take_claim(&mini, new_code());
	rival_says("START TRANSACTION");
	rival_says("UPDATE wechat_user SET version = version + 1, name = 'Own', user_set = 1 "
		   "WHERE openid = 'oBound'");
	pid = begin_aside(log_in_named);
	rival_says("COMMIT");
	assert_int_equal(end_aside(pid), 0);
	assert_int_equal(sql_number("SELECT state FROM login_claim WHERE id = %lld",
				 (long long)claimed.id), 1);
}

/* ---- An account is read by one statement, so that none of its users moves meanwhile. */

static void do_nothing(void)
{
}

static void test_an_account_is_read_at_once(void **state)
{
	const struct wechat_login login = {.openid = "oYounger", .nickname = "Ming"};
	struct account account;

	(void)state;
	assert_int_equal(try_login(&official, &login, &account), ERR_NONE);
	interrupt(2, do_nothing);
	assert_int_equal(account_by_wechat_user(
				 test_db, tenant, account.wechat_user_id, &account), ERR_NONE);
	assert_int_equal(n_until_interrupted(), 1);
	interrupt(0, NULL);
	assert_string_equal(account.name, "Ming");
}

/* ---- Somebody taps twice, and both requests carry the code. */

static struct resident_change tapped;

static enum err save_tapped(struct db *db)
{
	const struct principal principal = server_of(tenant);
	struct saved_resident saved;

	return resident_save(db, &principal, &tapped, &saved);
}

static void tap_again(void)
{
	struct db *db = db_new(test_conf, test_keys);
	struct arena *arena = arena_new(1 << 20);

	db_set_arena(db, arena);
	assert_int_equal(save_tapped(db), ERR_NONE);
	db_free(db);
	arena_free(arena);
}

static struct code_scope place_of(const char *openid, const char *phone)
{
	const struct principal server = server_of(tenant);
	struct code_scope place = {
		.tenant_id = tenant, .purpose = VERIFY_CODE_PHONE, .phone = phone,
	};

	assert_int_equal(verify_code_find_owner(test_db, &server, openid, &place), ERR_NONE);
	return place;
}

static void test_who_taps_twice_is_saved_both_times(void **state)
{
	const struct principal principal = server_of(tenant);
	struct code_scope place;
	struct verify_code code;
	int n_statements;

	(void)state;
	log_in(&mini, "oTapped", NULL);
	place = place_of("oTapped", "13900000001");
	assert_int_equal(verify_code_make(test_db, &place, &principal, NULL, &code), ERR_NONE);
	tapped = (struct resident_change){
		.openid = "oTapped", .name = "张三", .phone = place.phone, .region_code = 43,
	};
	interrupt(1000, tap_again);
	assert_int_equal(save_tapped(test_db), ERR_VERIFY_CODE_NEEDED);
	n_statements = 1000 - n_until_interrupted();
	tapped.verify_code = code.digits;
	interrupt(n_statements + 1, tap_again);
	assert_int_equal(save_tapped(test_db), ERR_NONE);
	assert_int_equal(n_until_interrupted(), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM resident"), 1);
}

/* ---- Each write comes twice at once, the second one before each statement of the first. */

/* What a write is about: new each time. */
static struct {
	char openid[32], phone[16], token[SECRET_TOKEN_SIZE + 1];
	struct verify_code code;
	int32_t user;
} subject;

static void renew_subject(void)
{
	static int n;

	snprintf(subject.openid, sizeof(subject.openid), "oTwice%d", ++n);
	snprintf(subject.phone, sizeof(subject.phone), "137%08d", n);
}

static void have_code(void)
{
	const struct code_scope place = place_of(subject.openid, subject.phone);
	const struct principal server = server_of(tenant);

	assert_int_equal(
		verify_code_make(test_db, &place, &server, NULL, &subject.code), ERR_NONE);
}

static void have_user(void)
{
	subject.user = log_in(&mini, subject.openid, NULL).wechat_user_id;
}

static void have_code_tried_four_times(void)
{
	struct code_scope place;
	int64_t id;

	have_code();
	place = place_of(subject.openid, subject.phone);
	for (int i = 0; i < 4; i++)
		assert_int_equal(verify_code_try(test_db, &place,
					 wrong_code(subject.code.digits), &id),
			ERR_VERIFY_CODE_WRONG);
}

static void have_code_and_user(void)
{
	have_user();
	have_code();
}

static void have_token(void)
{
	struct access_token token;

	have_user();
	assert_int_equal(token_issue(test_db, tenant, subject.user, &token), ERR_NONE);
	memcpy(subject.token, token.text, sizeof(subject.token));
}

static enum err save_resident(struct db *db)
{
	const struct principal principal = server_of(tenant);
	const struct resident_change change = {
		.openid = subject.openid, .name = "张三", .phone = subject.phone,
		.region_code = 43, .verify_code = subject.code.digits,
	};
	struct saved_resident saved;

	return resident_save(db, &principal, &change, &saved);
}

static enum err save_user(struct db *db)
{
	const struct principal principal = server_of(tenant);
	const struct wechat_user user = {.openid = subject.openid, .name = "张三"};
	int32_t id;

	return wechat_user_save(db, &principal, &user, &id);
}

static enum err log_in_subject(struct db *db)
{
	const struct wechat_login login = {
		.openid = subject.openid, .unionid = subject.openid, .nickname = "张三",
	};
	struct account account;
	struct claim claim;
	enum err err = claim_take(db, &LOGIN_CODE(&mini, new_code(), ADDRESS), &claim);

	return err == ERR_NONE ? login_complete(db, &claim, &login, &account, NULL) : err;
}

static enum err authorize(struct db *db)
{
	const struct authorization authorization = {
		.app = &mini, .openid = subject.openid, .unionid = subject.openid,
		.is_trusted = true, .change.name = "张三",
	};
	struct account account;
	struct access_token token;

	return authorization_store(db, &authorization, &account, &token);
}

static const struct member *member_of_subject(void)
{
	static struct member member_asked;

	member_asked = (struct member){.phone = subject.phone, .name = "张三"};
	return &member_asked;
}

static enum err create_member(struct db *db)
{
	const struct principal principal = server_of(tenant);
	int32_t id;

	return member_create(db, &principal, subject.user, member_of_subject(), &id);
}

static void have_member(void)
{
	const struct principal principal = server_of(tenant);

	have_user();
	assert_int_equal(create_member(test_db), ERR_NONE);
	assert_int_equal(member_unbind(test_db, &principal, subject.user), ERR_NONE);
}

static enum err bind_member(struct db *db)
{
	const struct principal principal = server_of(tenant);
	int32_t id;

	return member_bind(db, &principal, subject.user, member_of_subject(), &id);
}

static void have_bound_member(void)
{
	have_user();
	assert_int_equal(create_member(test_db), ERR_NONE);
}

static enum err unbind_member(struct db *db)
{
	const struct principal principal = server_of(tenant);

	return member_unbind(db, &principal, subject.user);
}

static enum err renew_token(struct db *db)
{
	struct access_token token;
	struct principal principal = {0};

	return token_renew(db, subject.token, &token, &principal);
}

static enum err take_event(struct db *db)
{
	const struct push_event event = {
		.tenant_id = tenant, .app_id = mini.id, .appid = mini.appid,
		.openid = subject.openid, .name = "subscribe", .happened_us = INT64_C(1000000),
	};

	return push_event_take(db, &event);
}

static const struct write {
	const char *name;
	void (*prepare)(void);
	enum err (*run)(struct db *db);
} writes[] = {
	{"SaveWXUserInfo of an unknown openid", have_code, save_resident},
	{"SaveWXUserInfo", have_code_and_user, save_resident},
	{"SaveWXUserInfo after four wrong codes", have_code_tried_four_times, save_resident},
	{"saveuser", renew_subject, save_user},
	{"AppAuthorization of an unknown openid", renew_subject, authorize},
	{"AppAuthorization", have_user, authorize},
	{"createmember", have_user, create_member},
	{"bindmember", have_member, bind_member},
	{"unbindmember", have_bound_member, unbind_member},
	{"RefreshToken", have_token, renew_token},
	{"login of an unknown openid", renew_subject, log_in_subject},
	{"login", have_user, log_in_subject},
	{"a push", have_user, take_event},
	{"a push of an unknown openid", renew_subject, take_event},
};

/* False: it was over before its n-th statement. */
static bool run_twice(const struct write *write, int n)
{
	struct rival_outcome second;
	enum err first;

	renew_subject();
	write->prepare();
	rival_before(n, write->run);
	first = write->run(test_db);
	second = rival_end();
	if (first != ERR_NONE || second.err != ERR_NONE)
		fail_msg("%s, before statement %d: %d, %d", write->name, n, (int)first,
			(int)second.err);
	return second.has_come;
}

static int64_t n_left_alone(void)
{
	return sql_number("SELECT COUNT(*) FROM account a LEFT JOIN wechat_user u "
			  "ON u.account_id = a.id WHERE u.id IS NULL");
}

static void test_each_write_may_come_twice_at_once(void **state)
{
	int64_t n_before = n_left_alone();

	(void)state;
	for (size_t i = 0; i < N_OF(writes); i++) {
		int n = 1;

		while (run_twice(&writes[i], n))
			n++;
		assert_true(n > 2);
	}
	assert_int_equal(n_left_alone(), n_before);
}

/* ---- A log-out, before each statement of a renewal. */

static enum err log_out_subject(struct db *db)
{
	return token_revoke(db, subject.token);
}

static bool log_out_before(int n)
{
	struct rival_outcome log_out;
	enum err renewal;

	renew_subject();
	have_token();
	rival_before(n, log_out_subject);
	renewal = renew_token(test_db);
	log_out = rival_end();
	assert_true(renewal == ERR_NONE || renewal == ERR_TOKEN_REVOKED);
	assert_int_equal(log_out.err, ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM access_token WHERE wechat_user_id = %d "
				    "AND revoked_at IS NULL", (int)subject.user),
		log_out.has_come ? 0 : 2);
	return log_out.has_come;
}

static void test_a_log_out_ends_what_a_renewal_began(void **state)
{
	int n = 1;

	(void)state;
	while (log_out_before(n))
		n++;
	assert_true(n > 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_save_sees_what_it_waited_for),
		cmocka_unit_test(test_a_login_sees_what_it_waited_for),
		cmocka_unit_test(test_an_account_is_read_at_once),
		cmocka_unit_test(test_who_taps_twice_is_saved_both_times),
		cmocka_unit_test(test_each_write_may_come_twice_at_once),
		cmocka_unit_test(test_a_log_out_ends_what_a_renewal_began),
	};

	return cmocka_run_group_tests_name("db_races", tests, set_up, tear_down);
}
