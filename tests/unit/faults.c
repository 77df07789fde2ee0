#include <mysqld_error.h>

#include "faults.h"
#include "mariadb.h"

static struct {
	int n_until, n_times;
	unsigned code; /* what the server is made to say; 0: it kills the connection first */
	int n_hit;
} fault;

void break_at(int n, int n_times, unsigned code)
{
	fault.n_until = n;
	fault.n_times = n_times;
	fault.code = code;
	fault.n_hit = 0;
}

int n_broken(void)
{
	return fault.n_hit;
}

static bool is_rollback_broken;

void break_rollback(bool is_broken)
{
	is_rollback_broken = is_broken;
}

static bool is_hit(void)
{
	if (fault.n_until == 0 || --fault.n_until > 0)
		return false;
	if (fault.n_times-- > 0) {
		fault.n_until = 1;
		fault.n_hit++;
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
		if (fault.code != 0) {
			stmt->last_errno = fault.code;
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

	if (is_ours && fault.code == 0 && is_hit())
		kill_connection(mysql);
	if (is_rollback_broken && strcmp(text, "ROLLBACK") == 0) {
		mysql->net.last_errno = ER_QUERY_INTERRUPTED;
		return 1;
	}
	return __real_mysql_real_query(mysql, text, size);
}
