#include "unit.h"

#include <errmsg.h>
#include <mysql.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "mariadb.h"
#include "rivals.h"

#define LIMIT_US (30 * CLOCK_SECOND_US)

static struct {
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
			   "WHERE variable_name = 'innodb_row_lock_current_waits'") == 0)
		assert_true(clock_monotonic_us() - begun_us < LIMIT_US);
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
