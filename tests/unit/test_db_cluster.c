#include "unit.h"

#include <mysqld_error.h>
#include <string.h>

#include "conn.h"
#include "db.h"
#include "faults.h"
#include "mariadb.h"
#include "setting.h"
#include "stmt.h"
#include "transaction.h"

/* A single server that is taken for a node of a cluster: what is sent to it, and how often. */

struct counter {
	int32_t id, n;
};

enum { READ, READ_AGAIN, WRITE, WRITE_AGAIN };

#define SELECT                                                                                  \
	.text = "SELECT n FROM counter WHERE id = ?",                                           \
	.params = COLUMNS(COLUMN(struct counter, id, INT32)),                                   \
	.columns = COLUMNS(COLUMN(struct counter, n, INT32)), .row_size = sizeof(struct counter)

#define UPDATE                                                                                  \
	.text = "UPDATE counter SET n = n + 1 WHERE id = ?",                                    \
	.params = COLUMNS(COLUMN(struct counter, id, INT32))

static const struct stmt statements[] = {
	[READ] = {SELECT},
	[READ_AGAIN] = {SELECT, .reads_again = true},
	[WRITE] = {UPDATE},
	[WRITE_AGAIN] = {UPDATE, .reads_again = true},
};

static int n_attempts;

static int set_up(void **state)
{
	mariadb_open(state);
	sql("INSERT INTO tenant (name, created_at) VALUES ('a', UTC_TIMESTAMP(6))");
	sql("CREATE TABLE counter (id INT PRIMARY KEY, n INT NOT NULL) ENGINE = InnoDB; "
	    "SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = ON");
	return 0;
}

static int begin(void **state)
{
	(void)state;
	db_end_request(test_db);
	test_db->conn->is_cluster = true;
	n_attempts = 0;
	sql("REPLACE INTO counter VALUES (1, 7); DELETE FROM counter WHERE id <> 1; "
	    "TRUNCATE mysql.general_log");
	return 0;
}

/* Since the test began. */
static int n_sent(const char *begin)
{
	return (int)sql_number("SELECT COUNT(*) FROM mysql.general_log WHERE command_type IN "
			       "('Execute', 'Query') AND argument LIKE '%s%%'", begin);
}

static int n_reads(void)
{
	return n_sent("SELECT n FROM counter");
}

static int n_waits(void)
{
	return n_sent("SET STATEMENT wsrep_sync_wait = 1 FOR ");
}

static enum err need(int statement, int32_t id)
{
	struct counter row = {.id = id};

	return stmt_need(test_db, &statements[statement], &row, &row, ERR_USER_UNKNOWN);
}

static void test_what_is_found_is_not_waited_for(void **state)
{
	(void)state;
	assert_int_equal(need(READ_AGAIN, 1), ERR_NONE);
	assert_int_equal(n_reads(), 1);
	assert_int_equal(n_waits(), 0);
}

static void test_what_may_be_missing_is_not_waited_for(void **state)
{
	(void)state;
	assert_int_equal(need(READ, 2), ERR_USER_UNKNOWN);
	assert_int_equal(n_reads(), 1);
	assert_int_equal(n_waits(), 0);
}

static void test_a_single_server_is_not_waited_for(void **state)
{
	(void)state;
	test_db->conn->is_cluster = false;
	assert_int_equal(need(READ_AGAIN, 2), ERR_USER_UNKNOWN);
	assert_false(conn_may_find_more(test_db));
	assert_int_equal(n_reads(), 1);
	assert_int_equal(n_waits(), 0);
}

static void test_a_request_waits_once(void **state)
{
	(void)state;
	assert_int_equal(need(READ_AGAIN, 2), ERR_USER_UNKNOWN);
	assert_int_equal(n_reads(), 2);
	assert_int_equal(n_waits(), 1);
	assert_int_equal(need(READ_AGAIN, 3), ERR_USER_UNKNOWN);
	assert_false(conn_may_find_more(test_db));
	assert_int_equal(n_reads(), 3);
	assert_int_equal(n_waits(), 1);
	db_end_request(test_db);
	assert_int_equal(need(READ_AGAIN, 2), ERR_USER_UNKNOWN);
	assert_int_equal(n_waits(), 2);
}

static void test_a_list_without_rows_is_read_again(void **state)
{
	const struct counter key = {.id = 2};
	void *rows;
	size_t n = 1;

	(void)state;
	assert_int_equal(
		stmt_all(test_db, &statements[READ_AGAIN], &key, &rows, &n), ERR_NONE);
	assert_int_equal(n, 0);
	assert_int_equal(n_reads(), 2);
}

/* One request of a worker does not wait for another one's sake. */
static void test_each_request_waits_for_itself(void **state)
{
	struct db *next = db_new_sharing(test_db);
	struct counter row = {.id = 2};

	(void)state;
	assert_int_equal(need(READ_AGAIN, 2), ERR_USER_UNKNOWN);
	assert_int_equal(stmt_need(next, &statements[READ], &row, &row, ERR_ABSENT), ERR_ABSENT);
	assert_int_equal(n_waits(), 1);
	assert_int_equal(
		stmt_need(next, &statements[READ_AGAIN], &row, &row, ERR_ABSENT), ERR_ABSENT);
	assert_int_equal(n_waits(), 2);
	db_free(next);
}

static void lose_connection(void)
{
	kill_connection(test_db->conn->mysql);
	test_db->conn->used_us = 0;
}

/* It may be to another node, which is behind the first one. */
static void test_the_next_connection_is_waited_for_too(void **state)
{
	(void)state;
	assert_int_equal(need(READ_AGAIN, 2), ERR_USER_UNKNOWN);
	lose_connection();
	assert_int_equal(need(READ, 1), ERR_NONE);
	assert_false(test_db->conn->is_cluster); /* as the server says */
	test_db->conn->is_cluster = true;
	assert_int_equal(need(READ, 1), ERR_NONE);
	assert_int_equal(n_waits(), 2);
	assert_int_equal(need(READ_AGAIN, 2), ERR_USER_UNKNOWN);
	assert_int_equal(n_waits(), 2);
}

/* As the server says it when it has waited for long enough, or when it has lost the others. */
static void test_a_wait_in_vain_is_told(void **state)
{
	(void)state;
	break_query("SET STATEMENT", ER_LOCK_WAIT_TIMEOUT);
	assert_int_equal(need(READ_AGAIN, 2), ERR_BUSY);
	assert_int_equal(n_reads(), 1);
	assert_int_equal(need(READ_AGAIN, 1), ERR_BUSY);
	db_end_request(test_db);
	assert_int_equal(need(READ_AGAIN, 1), ERR_NONE);
	break_query(NULL, 0);
}

/* ---- Within a transaction. */

static enum err lock_missing(struct db *db, void *ctx)
{
	(void)db;
	(void)ctx;
	n_attempts++;
	return need(READ_AGAIN, 2);
}

static void test_a_transaction_is_repeated_once(void **state)
{
	(void)state;
	assert_int_equal(transaction_run(test_db, lock_missing, NULL), ERR_USER_UNKNOWN);
	assert_int_equal(n_attempts, 2);
	assert_int_equal(n_waits(), 1);
	assert_int_equal(transaction_run(test_db, lock_missing, NULL), ERR_USER_UNKNOWN);
	assert_int_equal(n_attempts, 3);
	assert_int_equal(n_waits(), 1);
}

static enum err lock_what_comes(struct db *db, void *ctx)
{
	if (n_attempts == 1)
		sql("REPLACE INTO counter VALUES (2, 0)");
	return lock_missing(db, ctx);
}

static void test_a_transaction_finds_what_has_come(void **state)
{
	(void)state;
	assert_int_equal(transaction_run(test_db, lock_what_comes, NULL), ERR_NONE);
	assert_int_equal(n_attempts, 2);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM information_schema.innodb_trx"), 0);
}

static void test_a_transaction_on_a_single_server_is_not_repeated(void **state)
{
	(void)state;
	test_db->conn->is_cluster = false;
	assert_int_equal(transaction_run(test_db, lock_missing, NULL), ERR_USER_UNKNOWN);
	assert_int_equal(n_attempts, 1);
	assert_int_equal(n_waits(), 0);
}

/* ---- Writes. */

static enum err write_to(int statement, int32_t id)
{
	const struct counter row = {.id = id};

	return stmt_write(test_db, &statements[statement], &row);
}

static int n_writes(void)
{
	return n_sent("UPDATE counter");
}

static void test_what_is_written_to_is_not_waited_for(void **state)
{
	(void)state;
	assert_int_equal(write_to(WRITE, 1), ERR_NONE);
	assert_int_equal(n_writes(), 1);
	assert_int_equal(n_waits(), 0);
}

static void test_a_write_that_finds_no_row_looks_again(void **state)
{
	(void)state;
	assert_int_equal(write_to(WRITE, 2), ERR_NONE);
	assert_int_equal(test_db->n_rows, 0);
	assert_int_equal(n_writes(), 2);
	assert_int_equal(n_waits(), 1);
	db_end_request(test_db);
	test_db->conn->is_cluster = false;
	assert_int_equal(write_to(WRITE, 2), ERR_NONE);
	assert_int_equal(n_writes(), 3);
	assert_int_equal(n_waits(), 1);
}

struct writing {
	int statement, first, second; /* ids; 0: no statement */
};

static enum err write_both(struct db *db, void *ctx)
{
	const struct writing *writing = ctx;
	enum err err = ERR_NONE;

	(void)db;
	n_attempts++;
	if (writing->first != 0)
		err = write_to(WRITE, writing->first);
	if (err == ERR_NONE && writing->second != 0)
		err = write_to(writing->statement, writing->second);
	return err;
}

static void test_a_transaction_that_writes_nothing_looks_again(void **state)
{
	struct writing none = {0}, missing = {.first = 2}, found = {.first = 1};

	(void)state;
	assert_int_equal(transaction_run(test_db, write_both, &none), ERR_NONE);
	assert_int_equal(n_attempts, 2);
	assert_int_equal(n_waits(), 1);
	assert_int_equal(transaction_run(test_db, write_both, &missing), ERR_NONE);
	assert_int_equal(n_attempts, 3);
	db_end_request(test_db);
	assert_int_equal(transaction_run(test_db, write_both, &missing), ERR_NONE);
	assert_int_equal(n_attempts, 5);
	db_end_request(test_db);
	assert_int_equal(transaction_run(test_db, write_both, &found), ERR_NONE);
	assert_int_equal(n_attempts, 6);
	assert_int_equal(n_waits(), 2);
}

static void test_a_write_within_a_transaction_looks_again_if_it_says_so(void **state)
{
	struct writing writing = {.statement = WRITE, .first = 1, .second = 2};

	(void)state;
	assert_int_equal(transaction_run(test_db, write_both, &writing), ERR_NONE);
	assert_int_equal(n_attempts, 1);
	writing.statement = WRITE_AGAIN;
	assert_int_equal(transaction_run(test_db, write_both, &writing), ERR_NONE);
	assert_int_equal(n_attempts, 3);
	assert_int_equal(n_waits(), 1);
	assert_int_equal(sql_number("SELECT n FROM counter WHERE id = 1"), 7 + 2);
}

/* ---- Contention. */

#define N_RIVALS 24 /* more than tries on a single server */

static enum err come_too_late(struct db *db, void *ctx)
{
	(void)ctx;
	if (++n_attempts > N_RIVALS)
		return ERR_NONE;
	db->error = (struct db_error){.kind = DB_ERROR_CONTENTION, .sql = "COMMIT"};
	return ERR_BUSY;
}

/* Of two nodes each may be first again and again, within milliseconds. */
static void test_rivals_are_outlasted(void **state)
{
	(void)state;
	assert_int_equal(transaction_run(test_db, come_too_late, NULL), ERR_NONE);
	assert_int_equal(n_attempts, N_RIVALS + 1);
	assert_int_equal(n_waits(), 1);
	n_attempts = 0;
	test_db->conn->is_cluster = false;
	assert_int_equal(transaction_run(test_db, come_too_late, NULL), ERR_BUSY);
	assert_int_equal(n_attempts, 20);
}

static enum err come_too_late_and_race(struct db *db, void *ctx)
{
	enum err err = come_too_late(db, ctx);

	return err == ERR_NONE && n_attempts <= N_RIVALS + *(const int *)ctx
		? transaction_again(db)
		: err;
}

/* They leave as many tries as ever to a race for a unique key. */
static void test_rivals_are_counted_apart(void **state)
{
	int n_races = 4;

	(void)state;
	assert_int_equal(
		transaction_run(test_db, come_too_late_and_race, &n_races), ERR_NONE);
	assert_int_equal(n_attempts, N_RIVALS + n_races + 1);
	n_attempts = 0;
	n_races = 5;
	assert_int_equal(
		transaction_run(test_db, come_too_late_and_race, &n_races), ERR_BUSY);
	assert_int_equal(n_attempts, N_RIVALS + n_races);
}

/* ---- A tenant whose reads always wait. */

static void test_read_after_write(void **state)
{
	bool is_set;

	(void)state;
	assert_int_equal(setting_read_after_write(test_db, 1, &is_set), ERR_NONE);
	assert_false(is_set);
	assert_int_equal(need(READ, 1), ERR_NONE);
	assert_int_equal(n_waits(), 0);
	assert_int_equal(setting_set(test_db, 1, "read_after_write", "true"), ERR_NONE);
	assert_int_equal(setting_read_after_write(test_db, 1, &is_set), ERR_NONE);
	assert_true(is_set);
	assert_int_equal(need(READ, 1), ERR_NONE);
	assert_int_equal(need(READ, 2), ERR_USER_UNKNOWN);
	assert_int_equal(n_waits(), 1);
	db_end_request(test_db);
	assert_int_equal(need(READ, 1), ERR_NONE);
	assert_int_equal(n_waits(), 1);
}

static void test_read_after_write_asks_a_single_server_nothing(void **state)
{
	bool is_set;

	(void)state;
	test_db->conn->is_cluster = false;
	assert_int_equal(setting_read_after_write(test_db, 1, &is_set), ERR_NONE);
	assert_false(is_set);
	assert_int_equal(n_sent("SELECT s.value "), 0);
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_found_is_not_waited_for),
		TEST(test_what_may_be_missing_is_not_waited_for),
		TEST(test_a_single_server_is_not_waited_for),
		TEST(test_a_request_waits_once),
		TEST(test_a_list_without_rows_is_read_again),
		TEST(test_each_request_waits_for_itself),
		TEST(test_the_next_connection_is_waited_for_too),
		TEST(test_a_wait_in_vain_is_told),
		TEST(test_a_transaction_is_repeated_once),
		TEST(test_a_transaction_finds_what_has_come),
		TEST(test_a_transaction_on_a_single_server_is_not_repeated),
		TEST(test_what_is_written_to_is_not_waited_for),
		TEST(test_a_write_that_finds_no_row_looks_again),
		TEST(test_a_transaction_that_writes_nothing_looks_again),
		TEST(test_a_write_within_a_transaction_looks_again_if_it_says_so),
		TEST(test_rivals_are_outlasted),
		TEST(test_rivals_are_counted_apart),
		TEST(test_read_after_write),
		TEST(test_read_after_write_asks_a_single_server_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, mariadb_close);
}
