#include "unit.h"

#include <mysqld_error.h>

#include "db.h"
#include "faults.h"
#include "mariadb.h"
#include "str.h"

static struct {
	int n_until, n_times;
	unsigned code; /* what the server is made to say; 0: it kills the connection first */
	int n_hit;
} pending;

void break_at(int n, int n_times, unsigned code)
{
	pending.n_until = n;
	pending.n_times = n_times;
	pending.code = code;
	pending.n_hit = 0;
}

int n_broken(void)
{
	return pending.n_hit;
}

static const char *broken_query;
static unsigned broken_query_code;

void break_query(const char *text, unsigned code)
{
	broken_query = text;
	broken_query_code = code;
}

static bool is_hit(void)
{
	if (pending.n_until == 0 || --pending.n_until > 0)
		return false;
	if (pending.n_times-- > 0) {
		pending.n_until = 1;
		pending.n_hit++;
		return true;
	}
	return false;
}

void kill_connection(MYSQL *connection)
{
	unsigned long id = mysql_thread_id(connection);

	sql("KILL %lu", id);
	wait_until("SELECT COUNT(*) = 0 FROM information_schema.processlist WHERE id = %lu", id);
}

int __real_mysql_stmt_execute(MYSQL_STMT *stmt);
int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt);
int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt)
{
	if (is_hit()) {
		if (pending.code != 0) {
			stmt->last_errno = pending.code;
			return 1;
		}
		kill_connection(stmt->mysql);
	}
	return __real_mysql_stmt_execute(stmt);
}

int __real_mysql_real_query(MYSQL *mysql, const char *text, unsigned long size);
int __wrap_mysql_real_query(MYSQL *mysql, const char *text, unsigned long size);
int __wrap_mysql_real_query(MYSQL *mysql, const char *text, unsigned long size)
{
	bool is_ours = strcmp(text, "START TRANSACTION") == 0 || strcmp(text, "COMMIT") == 0;

	if (is_ours && pending.code == 0 && is_hit())
		kill_connection(mysql);
	if (broken_query != NULL && str_starts_with(text, broken_query)) {
		mysql->net.last_errno = broken_query_code;
		return 1;
	}
	return __real_mysql_real_query(mysql, text, size);
}

void __real_clock_sleep_us(int64_t pause_us);
void __wrap_clock_sleep_us(int64_t pause_us);
void __wrap_clock_sleep_us(int64_t pause_us)
{
	/* No pause mends what is broken. */
	if (pending.n_times <= 0)
		__real_clock_sleep_us(pause_us);
}

bool run_with_fault(const struct trial *trial, const struct fault *fault)
{
	char before[128];
	bool is_reached;
	enum err err;

	if (trial->prepare != NULL)
		trial->prepare(trial->ctx);
	snprintf(before, sizeof(before), "%s", trial->everything());
	break_at(fault->n, fault->n_times, fault->code);
	err = trial->run(trial->ctx);
	is_reached = n_broken() > 0;
	break_at(0, 0, 0);
	db_end_request(test_db);
	if (err != ERR_NONE) {
		assert_true(is_reached);
		assert_true(err == ERR_BUSY || err == ERR_INTERNAL);
		assert_string_equal(trial->everything(), before);
		if (trial->prepare != NULL)
			trial->prepare(trial->ctx);
		assert_int_equal(trial->run(trial->ctx), ERR_NONE);
	}
	assert_string_not_equal(trial->everything(), before);
	return is_reached;
}

void break_each(bool (*attempt)(int call, const struct fault *fault), int call, int n_least)
{
	static const struct fault ways[] = {
		{.n_times = 1000, .code = 0},
		{.n_times = 1, .code = 0},
		{.n_times = 1, .code = ER_LOCK_DEADLOCK},
		{.n_times = 1000, .code = ER_LOCK_DEADLOCK},
		{.n_times = 1, .code = ER_LOCK_WAIT_TIMEOUT},
		{.n_times = 1, .code = ER_QUERY_INTERRUPTED},
		{.n_times = 1, .code = ER_BAD_FIELD_ERROR},
		{.n_times = 1, .code = ER_UNKNOWN_STMT_HANDLER},
	};

	sql("SET SESSION group_concat_max_len = 1000000");
	for (size_t i = 0; i < N_OF(ways); i++) {
		struct fault next = ways[i];

		for (next.n = 1; attempt(call, &next); next.n++)
			;
		assert_true(next.n > n_least);
	}
}
