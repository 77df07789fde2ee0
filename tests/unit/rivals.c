#include "unit.h"

#include <errmsg.h>
#include <mysql.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account_conflict.h"
#include "active_day.h"
#include "arena.h"
#include "clock.h"
#include "erasure.h"
#include "logins.h"
#include "mariadb.h"
#include "rivals.h"
#include "token.h"
#include "wechat_user.h"

#define LIMIT_US (30 * CLOCK_SECOND_US)

static struct interruption {
	int n_until;
	void (*fn)(void);
	int n_until_lost;
} interruption;

void interrupt(int n, void (*fn)(void))
{
	interruption.n_until = n;
	interruption.fn = fn;
}

int n_until_interrupted(void)
{
	return interruption.n_until;
}

void lose_answer(int n)
{
	interruption.n_until_lost = n;
}

int __real_mysql_stmt_execute(MYSQL_STMT *stmt);
int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt);
int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt)
{
	int status;

	if (interruption.n_until > 0 && --interruption.n_until == 0)
		interruption.fn();
	status = __real_mysql_stmt_execute(stmt);
	if (interruption.n_until_lost > 0 && --interruption.n_until_lost == 0) {
		stmt->last_errno = CR_SERVER_LOST;
		return 1;
	}
	return status;
}

/* Statements are counted without it, since only the first login of a day sends it. */
enum err __real_active_day_add(struct db *db, const struct active_day *day);
enum err __wrap_active_day_add(struct db *db, const struct active_day *day);
enum err __wrap_active_day_add(struct db *db, const struct active_day *day)
{
	const struct interruption kept = interruption;
	enum err err;

	interruption = (struct interruption){0};
	err = __real_active_day_add(db, day);
	interruption = kept;
	return err;
}

static struct {
	enum err (*fn)(struct db *db);
	pid_t pid;
	bool has_ended;
	int status;
} rival;

static bool has_ended(void)
{
	rival.has_ended = waitpid(rival.pid, &rival.status, WNOHANG) == rival.pid;
	return rival.has_ended;
}

static void rival_come(void)
{
	const int64_t begun_us = clock_monotonic_us();

	rival.pid = fork();
	assert_true(rival.pid >= 0);
	if (rival.pid == 0) {
		test_db = db_new(test_conf, test_keys);
		db_set_arena(test_db, arena_new(1 << 20));
		_exit((int)rival.fn(test_db));
	}
	while (!has_ended() &&
		sql_number("SELECT variable_value FROM information_schema.global_status "
			   "WHERE variable_name = 'innodb_row_lock_current_waits'") == 0) {
		assert_true(clock_monotonic_us() - begun_us < LIMIT_US);
		usleep(1000);
	}
}

void rival_before(int n, enum err (*fn)(struct db *db))
{
	rival.fn = fn;
	interrupt(n, rival_come);
}

struct rival_outcome rival_end(void)
{
	struct rival_outcome outcome = {
		.has_come = interruption.n_until == 0,
		.was_first = rival.has_ended,
	};

	interruption.n_until = 0;
	if (!outcome.has_come)
		return outcome;
	if (!rival.has_ended)
		assert_int_equal(waitpid(rival.pid, &rival.status, 0), rival.pid);
	assert_true(WIFEXITED(rival.status));
	outcome.err = (enum err)WEXITSTATUS(rival.status);
	return outcome;
}

struct rival_person person;
struct app mobile;

int rivals_open(void **state)
{
	logins_open(state);
	mobile = add_app(tenant, "wx-mobile", APP_MOBILE, "open");
	return 0;
}

void renew_person(void)
{
	static int n;

	n++;
	snprintf(person.openid, sizeof(person.openid), "oMini%d", n);
	snprintf(person.openid2, sizeof(person.openid2), "oOfficial%d", n);
	snprintf(person.unionid, sizeof(person.unionid), "uPerson%d", n);
	snprintf(person.other, sizeof(person.other), "oMobile%d", n);
}

enum err rival_log_in_by(struct db *db, const struct app *app, const char *openid)
{
	const struct wechat_login login = {
		.openid = openid,
		.unionid = person.unionid,
		.session_key = "other",
		.nickname = "Other",
	};
	struct access_token token;
	struct account account;
	struct claim claim;
	enum err err = claim_take(db, &LOGIN_CODE(app, new_code(), ADDRESS), &claim);

	if (err != ERR_NONE)
		return err;
	err = login_complete(db, &claim, &login, &account, &token);
	if (err != ERR_NONE)
		claim_refuse(db, &claim, err);
	return err;
}

enum err rival_log_in(struct db *db)
{
	return rival_log_in_by(db, &mini, person.openid);
}

enum err rival_log_in_by_second_app(struct db *db)
{
	return rival_log_in_by(db, &official, person.openid2);
}

enum err rival_save_by(struct db *db, const char *openid)
{
	const struct principal server = server_of(tenant);
	const struct wechat_user user = {.openid = openid, .name = "Own"};
	int32_t id;

	return wechat_user_save(db, &server, &user, &id);
}

enum err rival_save(struct db *db)
{
	return rival_save_by(db, person.openid);
}

enum err rival_merge(struct db *db)
{
	struct conflict_merge merge = {.is_dry_run = false};
	enum err err = account_find(db, person.openid, &merge.a);

	if (err == ERR_NONE)
		err = account_find(db, person.other, &merge.b);
	if (err == ERR_NONE)
		err = account_conflict_merge(db, &merge);
	person.merge_id = merge.id;
	return err;
}

enum err rival_erase_by(struct db *db, const struct app *app, const char *openid)
{
	const struct erasure erasure = {
		.tenant_id = tenant,
		.app_id = app->id,
		.appid = app->appid,
		.openid = openid,
		.actor = "test",
	};
	struct erased erased;

	return erasure_run(db, &erasure, &erased);
}

enum err rival_erase(struct db *db)
{
	return rival_erase_by(db, &mini, person.openid);
}
