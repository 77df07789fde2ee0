#include "unit.h"

#include <mysql.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "asker.h"
#include "db.h"
#include "logins.h"
#include "mariadb.h"
#include "resident.h"
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

/* ---- Before the n-th statement from here on the rival speaks. */

static struct {
	int n_until;
	void (*speak)(void);
} interruption;

int __real_mysql_stmt_execute(MYSQL_STMT *stmt);
int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt);
int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt)
{
	if (interruption.n_until > 0 && --interruption.n_until == 0)
		interruption.speak();
	return __real_mysql_stmt_execute(stmt);
}

/* ---- A member is bound while a save waits. */

static struct account bound;
static int32_t member;

static int save_with_member(void)
{
	const struct asker asker = server_of(tenant);
	const struct wechat_user user = {
		.id = bound.wechat_user_id, .name = "New", .member_id = member};
	int32_t id;

	return (int)wechat_user_save(test_db, &asker, &user, &id);
}

static void test_a_save_sees_what_it_waited_for(void **state)
{
	pid_t pid;

	(void)state;
	bound = log_in(&mini, "oBound", NULL);
	sql("INSERT INTO member (tenant_id, row_uuid, phone, created_at) "
	    "VALUES (%d, REPEAT('m', 16), '', UTC_TIMESTAMP(6))", tenant);
	member = (int32_t)sql_number("SELECT MAX(id) FROM member");
	rival_says("START TRANSACTION");
	rival_says("SELECT id FROM wechat_user WHERE id = %d FOR UPDATE", bound.wechat_user_id);
	rival_says("INSERT INTO member_binding (wechat_user_id, member_id, slot, tenant_id, "
		   "created_at) VALUES (%d, %d, 0, %d, UTC_TIMESTAMP(6))", bound.wechat_user_id,
		member, tenant);
	pid = begin_aside(save_with_member);
	rival_says("COMMIT");
	assert_int_equal(end_aside(pid), ERR_NONE);
}

/* ---- An account is read while its users move to another. */

static struct account older, younger;

static void merge_younger(void)
{
	rival_says("UPDATE wechat_user SET account_id = UNHEX(REPLACE('%s', '-', '')) "
		   "WHERE id = %d", older.id, younger.wechat_user_id);
}

static void test_a_profile_does_not_vanish_while_accounts_merge(void **state)
{
	const struct wechat_login login = {.openid = "oYounger", .nickname = "Ming"};
	struct account account;

	(void)state;
	older = log_in(&mini, "oOlder", NULL);
	assert_int_equal(try_login(&official, &login, &younger), ERR_NONE);
	interruption.n_until = 2;
	interruption.speak = merge_younger;
	assert_int_equal(account_by_wechat_user(
				 test_db, tenant, younger.wechat_user_id, &account), ERR_NONE);
	assert_int_equal(interruption.n_until, 0);
	assert_string_equal(account.name, "Ming");
}

/* ---- Somebody taps twice, and both requests carry the code. */

static struct resident_change tapped;

static enum err save_tapped(struct db *db)
{
	const struct asker asker = server_of(tenant);
	struct saved_resident saved;

	return resident_save(db, &asker, &tapped, &saved);
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

static void test_who_taps_twice_is_saved_both_times(void **state)
{
	const struct code_place place = {tenant, VERIFY_CODE_PHONE, "13900000001"};
	const struct code_asker asker = {.key = "shop"};
	struct verify_code code;
	int n_statements;

	(void)state;
	log_in(&mini, "oTapped", NULL);
	assert_int_equal(verify_code_make(test_db, &place, &asker, &code), ERR_NONE);
	tapped = (struct resident_change){
		.openid = "oTapped", .name = "张三", .phone = place.phone, .region_code = 43,
	};
	interruption.n_until = 1000;
	interruption.speak = tap_again;
	assert_int_equal(save_tapped(test_db), ERR_VERIFY_CODE_NEEDED);
	n_statements = 1000 - interruption.n_until;
	tapped.verify_code = code.digits;
	interruption.n_until = n_statements + 1;
	assert_int_equal(save_tapped(test_db), ERR_NONE);
	assert_int_equal(interruption.n_until, 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM resident"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_save_sees_what_it_waited_for),
		cmocka_unit_test(test_a_profile_does_not_vanish_while_accounts_merge),
		cmocka_unit_test(test_who_taps_twice_is_saved_both_times),
	};

	return cmocka_run_group_tests_name("db_rivals", tests, set_up, tear_down);
}
