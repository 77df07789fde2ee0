#include "unit.h"

#include <mysql.h>
#include <mysqld_error.h>
#include <poll.h>

#include "captured_log.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "conn_node.h"
#include "db.h"
#include "faults.h"
#include "fiber.h"
#include "logins.h"
#include "mariadb.h"
#include "stmt.h"
#include "transaction.h"
#include "transferring.h"
#include "transfers.h"

#define FROZEN_LIMIT_US (6 * 1000000)
#define STOPPED_LIMIT_US 1000000
#define LOCKED_LIMIT_US (12 * 1000000)

/* ---- A table of counters. */

struct counter {
	int32_t id;
	int32_t n;
};

enum { ADD_ONE, READ, READ_SLOWLY, INSERT_SLOWLY, INSERT_AND_READ_SLOWLY };

static const struct stmt statements[] = {
	[ADD_ONE] = {
		.text = "UPDATE counter SET n = n + 1 WHERE id = ?",
		.params = COLUMNS(COLUMN(struct counter, id, INT32)),
	},
	[READ] = {
		.text = "SELECT n FROM counter WHERE id = ?",
		.params = COLUMNS(COLUMN(struct counter, id, INT32)),
		.columns = COLUMNS(COLUMN(struct counter, n, INT32)),
	},
	[READ_SLOWLY] = {
		.text = "SELECT n FROM counter WHERE id >= ? AND SLEEP(0.1) = 0",
		.params = COLUMNS(COLUMN(struct counter, id, INT32)),
		.columns = COLUMNS(COLUMN(struct counter, n, INT32)),
	},
	[INSERT_SLOWLY] = {
		.text = "INSERT INTO counter SELECT 1000 + SLEEP(10), ?",
		.params = COLUMNS(COLUMN(struct counter, n, INT32)),
	},
	[INSERT_AND_READ_SLOWLY] = {
		.text = "INSERT INTO counter SELECT 1000 + SLEEP(10), ? RETURNING n",
		.params = COLUMNS(COLUMN(struct counter, n, INT32)),
		.columns = COLUMNS(COLUMN(struct counter, n, INT32)),
	},
};

static MYSQL *other;
static int n_attempts;

static void other_says(const char *text)
{
	if (mysql_query(other, text) != 0)
		fail_msg("%s: %s", text, mysql_error(other));
}

static int set_up(void **state)
{
	mariadb_open(state);
	other = mysql_init(NULL);
	assert_non_null(mysql_real_connect(other, NULL, "root", "", "wxuser", 0,
		getenv("WXUSER_CONF_database__socket"), 0));
	sql("CREATE TABLE counter (id INT PRIMARY KEY, n INT NOT NULL) ENGINE = InnoDB");
	return 0;
}

static int tear_down(void **state)
{
	mysql_close(other);
	return mariadb_close(state);
}

static int begin(void **state)
{
	(void)state;
	break_at(0, 0, 0);
	n_attempts = 0;
	db_end_request(test_db);
	sql("REPLACE INTO counter VALUES (1, 0), (2, 0); "
	    "REPLACE INTO counter SELECT seq, 0 FROM seq_3_to_200");
	return 0;
}

static int32_t counter(int32_t id)
{
	return (int32_t)sql_number("SELECT n FROM counter WHERE id = %d", id);
}

static enum err add_one(struct db *db, int32_t id)
{
	const struct counter row = {.id = id};

	return stmt_write(db, &statements[ADD_ONE], &row);
}

static enum err add_to_both(struct db *db)
{
	enum err err = add_one(db, 1);

	return err == ERR_NONE ? add_one(db, 2) : err;
}

/* ---- Transactions. */

/* The other holds 2 and asks for 1; having written more, it wins. */
static enum err meet_deadlock(struct db *db, void *ctx)
{
	static const char ask[] = "UPDATE counter SET n = n + 10 WHERE id = 1";

	(void)ctx;
	if (++n_attempts == 1) {
		other_says("START TRANSACTION");
		other_says("UPDATE counter SET n = n + 10 WHERE id >= 2");
		add_one(db, 1);
		mysql_send_query(other, ask, sizeof(ask) - 1);
		wait_until("SELECT variable_value > 0 FROM information_schema.global_status "
			   "WHERE variable_name = 'innodb_row_lock_current_waits'");
		assert_int_equal(add_one(db, 2), ERR_BUSY);
		return ERR_BUSY;
	}
	if (n_attempts == 2) {
		assert_int_equal(mysql_read_query_result(other), 0);
		other_says("COMMIT");
	}
	return add_to_both(db);
}

static void test_a_deadlock_is_tried_again(void **state)
{
	(void)state;
	assert_int_equal(transaction_run(test_db, meet_deadlock, NULL), ERR_NONE);
	assert_int_equal(n_attempts, 2);
	assert_int_equal(counter(1), 11);
	assert_int_equal(counter(2), 11);
}

static enum err go_on_after_deadlock(struct db *db, void *ctx)
{
	enum err err = meet_deadlock(db, ctx);

	if (n_attempts == 1)
		assert_int_equal(add_one(db, 3), ERR_BUSY);
	return err;
}

/* The server would commit it by itself. */
static void test_nothing_is_sent_after_a_deadlock(void **state)
{
	(void)state;
	assert_int_equal(transaction_run(test_db, go_on_after_deadlock, NULL), ERR_NONE);
	assert_int_equal(counter(3), 10);
}

static enum err wait_for_rival(struct db *db, void *ctx)
{
	(void)ctx;
	if (++n_attempts == 2)
		other_says("COMMIT");
	return add_to_both(db);
}

/* Of a statement that waited too long only itself is rolled back: what was done before must not
 * be committed. */
static void test_a_lock_timeout_rolls_all_back(void **state)
{
	(void)state;
	other_says("START TRANSACTION");
	other_says("UPDATE counter SET n = n + 10 WHERE id = 2");
	assert_int_equal(transaction_run(test_db, wait_for_rival, NULL), ERR_NONE);
	assert_int_equal(n_attempts, 2);
	assert_int_equal(counter(1), 1);
	assert_int_equal(counter(2), 11);
}

struct waiter {
	struct db *db;
	unsigned n_left;
	enum err err;
};

static enum err take_both(struct db *db, void *ctx)
{
	(void)ctx;
	return add_to_both(db);
}

static void wait_for_lock(void *ctx)
{
	struct waiter *waiter = ctx;

	waiter->err = transaction_run(waiter->db, take_both, NULL);
	waiter->n_left = 0;
}

/* On a connection that several requests share. */
static void test_a_lock_keeps_only_its_own_request_waiting(void **state)
{
	struct db *db = db_new(test_conf, test_keys);
	struct waiter waiter = {.db = db_new_sharing(db), .n_left = 1};

	(void)state;
	test_transfers = transfers_new(1);
	db_set_transfers(db, test_transfers);
	other_says("START TRANSACTION");
	other_says("UPDATE counter SET n = n + 10 WHERE id = 2");
	fiber_start(wait_for_lock, &waiter);
	assert_int_equal(waiter.n_left, 1);
	assert_int_equal(add_one(db, 3), ERR_NONE);
	other_says("COMMIT");
	transferring_run(&waiter.n_left);
	assert_int_equal(waiter.err, ERR_NONE);
	assert_int_equal(counter(2), 11);
	assert_int_equal(counter(3), 1);
	db_free(waiter.db);
	db_free(db);
	transfers_free(test_transfers);
}

static enum err never_get_the_lock(struct db *db, void *ctx)
{
	(void)ctx;
	n_attempts++;
	return add_to_both(db);
}

static void test_a_lock_that_never_comes(void **state)
{
	int64_t begun_us;

	(void)state;
	other_says("START TRANSACTION");
	other_says("UPDATE counter SET n = n + 10 WHERE id = 2");
	begun_us = clock_monotonic_us();
	assert_int_equal(transaction_run(test_db, never_get_the_lock, NULL), ERR_BUSY);
	assert_in_range(clock_monotonic_us() - begun_us, 0, LOCKED_LIMIT_US);
	assert_in_range(n_attempts, 1, 2);
	other_says("ROLLBACK");
	assert_int_equal(counter(1), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM information_schema.innodb_trx"), 0);
}

static enum err count_attempts(struct db *db, void *ctx)
{
	(void)ctx;
	n_attempts++;
	return add_to_both(db);
}

static void test_what_helps(void **state)
{
	static const struct {
		unsigned code;
		int n_attempts;
	} cases[] = {
		{ER_LOCK_DEADLOCK, 2},
		{ER_LOCK_WAIT_TIMEOUT, 2},
		{ER_CHECKREAD, 2},
		{ER_TABLE_DEF_CHANGED, 2},
		{ER_AUTOINC_READ_FAILED, 2},
		{ER_UNKNOWN_COM_ERROR, 2},
		{ER_UNKNOWN_STMT_HANDLER, 1},
		{ER_NEED_REPREPARE, 1},
		{2057, 1},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		begin(state);
		break_at(2, 1, cases[i].code);
		assert_int_equal(transaction_run(test_db, count_attempts, NULL), ERR_NONE);
		assert_int_equal(n_broken(), 1);
		assert_int_equal(n_attempts, cases[i].n_attempts);
		assert_int_equal(counter(1), 1);
		assert_int_equal(counter(2), 1);
	}
}

static enum err lose_the_connection(struct db *db, void *ctx)
{
	(void)ctx;
	if (++n_attempts == 1) {
		add_one(db, 1);
		kill_connection(db->conn->mysql);
		/* As if it had lain idle for long. */
		db->conn->used_us = 0;
	}
	return add_to_both(db);
}

static void test_a_transaction_ends_with_its_connection(void **state)
{
	(void)state;
	assert_int_equal(transaction_run(test_db, lose_the_connection, NULL), ERR_NONE);
	assert_int_equal(n_attempts, 2);
	assert_int_equal(counter(1), 1);
	assert_int_equal(counter(2), 1);
}

static void test_a_stale_connection_costs_no_attempt(void **state)
{
	(void)state;
	kill_connection(test_db->conn->mysql);
	test_db->conn->used_us = 0;
	assert_int_equal(transaction_run(test_db, count_attempts, NULL), ERR_NONE);
	assert_int_equal(n_attempts, 1);
}

static enum err add_and_refuse(struct db *db, void *ctx)
{
	(void)ctx;
	add_one(db, 1);
	return ERR_USER_UNKNOWN;
}

/* The next transaction would commit it. */
static void test_a_rollback_that_fails_leaves_nothing(void **state)
{
	(void)state;
	break_query("ROLLBACK", ER_QUERY_INTERRUPTED);
	assert_int_equal(transaction_run(test_db, add_and_refuse, NULL), ERR_USER_UNKNOWN);
	break_query(NULL, 0);
	assert_int_equal(transaction_run(test_db, count_attempts, NULL), ERR_NONE);
	assert_int_equal(counter(1), 1);
}

static enum err wait_for_the_outside(struct db *db, void *ctx)
{
	(void)db, (void)ctx;
	fiber_check_waiting();
	return ERR_NONE;
}

static int wait_within(int index)
{
	(void)index;
	return (int)transaction_run(test_db, wait_for_the_outside, NULL);
}

static int wait_after(int index)
{
	int failure = (int)transaction_run(test_db, add_and_refuse, NULL) != ERR_USER_UNKNOWN;

	(void)index;
	fiber_check_waiting();
	return failure;
}

static void test_a_wait_for_the_outside_aborts(void **state)
{
	(void)state;
	assert_int_equal(mariadb_race(1, wait_within), 0);
	assert_int_equal(mariadb_race(1, wait_after), 1);
}

static void test_what_does_not_help(void **state)
{
	static const struct {
		unsigned code;
		enum err err;
	} cases[] = {
		{ER_STATEMENT_TIMEOUT, ERR_BUSY},
		{ER_QUERY_INTERRUPTED, ERR_BUSY},
		{ER_RECORD_FILE_FULL, ERR_BUSY},
		{ER_BAD_FIELD_ERROR, ERR_INTERNAL},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		begin(state);
		break_at(2, 1, cases[i].code);
		assert_int_equal(transaction_run(test_db, count_attempts, NULL), cases[i].err);
		assert_int_equal(n_attempts, 1);
		assert_int_equal(counter(1), 0);
	}
}

/* What an administrator or time mends is no fault of ours, and a client may try again. */
static void test_what_the_server_is_short_of(void **state)
{
	static const unsigned codes[] = {
		3, 5, 20, 23, 28, /* of its system library: disk, memory, open files */
		ER_DISK_FULL, ER_ERROR_ON_READ, ER_ERROR_ON_WRITE, ER_GET_ERRNO, ER_OUTOFMEMORY,
		ER_OUT_OF_SORTMEMORY, ER_CON_COUNT_ERROR, ER_OUT_OF_RESOURCES, ER_RECORD_FILE_FULL,
		ER_HOST_IS_BLOCKED, ER_CANT_CREATE_THREAD, ER_TRANS_CACHE_FULL,
		ER_TOO_MANY_USER_CONNECTIONS, ER_LOCK_TABLE_FULL, ER_USER_LIMIT_REACHED,
		ER_MAX_PREPARED_STMT_COUNT_REACHED, ER_TOO_MANY_CONCURRENT_TRXS,
		ER_STMT_CACHE_FULL, ER_IO_READ_ERROR, ER_IO_WRITE_ERROR,
		ER_TEMP_FILE_WRITE_FAILURE, ER_ENGINE_OUT_OF_MEMORY, ER_INNODB_UNDO_LOG_FULL,
		ER_OPTION_PREVENTS_STATEMENT, ER_READ_ONLY_MODE, ER_INNODB_READ_ONLY,
		ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_CANT_LOCK, ER_ERROR_DURING_COMMIT,
		ER_NET_READ_ERROR, ER_NET_READ_INTERRUPTED, ER_NET_ERROR_ON_WRITE,
		ER_NET_WRITE_INTERRUPTED,
	};
	static const unsigned ours[] = {
		ER_BAD_FIELD_ERROR, ER_NO_SUCH_TABLE, ER_TABLEACCESS_DENIED_ERROR, ER_PARSE_ERROR,
		ER_ACCESS_DENIED_ERROR, ER_DATA_TOO_LONG, ER_NO_REFERENCED_ROW_2,
		ER_DBACCESS_DENIED_ERROR, ER_CRASHED_ON_USAGE, ER_TABLE_CORRUPT,
	};

	(void)state;
	for (size_t i = 0; i < N_OF(codes); i++) {
		conn_fail(test_db, codes[i], "(test)", "");
		if (db_error_err(&test_db->error) != ERR_BUSY)
			fail_msg("code %u is not ERR_BUSY", codes[i]);
	}
	for (size_t i = 0; i < N_OF(ours); i++) {
		conn_fail(test_db, ours[i], "(test)", "");
		assert_int_equal(db_error_err(&test_db->error), ERR_INTERNAL);
	}
}

static enum err add_one_through(struct db *db)
{
	return stmt_write(db, &statements[ADD_ONE], &(struct counter){.id = 1});
}

/* On two connections at once. */
static const char *log_of_writes(void)
{
	struct db *first = db_new(test_conf, test_keys), *second = db_new(test_conf, test_keys);
	enum err err = ERR_NONE;
	const char *log;

	captured_log_begin();
	for (int n = 0; n < 4 && err == ERR_NONE; n++) {
		err = add_one_through(first);
		if (err == ERR_NONE)
			err = add_one_through(second);
	}
	db_free(second);
	db_free(first);
	log = captured_log_end();
	if (err != ERR_BUSY)
		fail_msg("not ERR_BUSY but %d, with %s", (int)err, log);
	return log;
}

/* In the server's own words, where they hold no value of a user's. */
static void test_a_limit_of_the_user_is_told(void **state)
{
	static const char *const limits[][2] = {
		{"MAX_QUERIES_PER_HOUR 3", "max_queries_per_hour"},
		{"MAX_CONNECTIONS_PER_HOUR 1", "max_connections_per_hour"},
		{"MAX_USER_CONNECTIONS 1", "max_user_connections"},
	};
	const char *user = test_conf->database_user;

	(void)state;
	test_conf->database_user = "limited";
	for (size_t i = 0; i < N_OF(limits); i++) {
		sql("CREATE OR REPLACE USER limited@localhost WITH %s; "
		    "GRANT ALL ON wxuser.* TO limited@localhost", limits[i][0]);
		assert_non_null(strstr(log_of_writes(), limits[i][1]));
	}
	test_conf->database_user = user;
}

static void test_it_gives_up_in_the_end(void **state)
{
	(void)state;
	break_at(2, 100, ER_LOCK_DEADLOCK);
	assert_int_equal(transaction_run(test_db, count_attempts, NULL), ERR_BUSY);
	assert_in_range(n_attempts, 16, 20);
	assert_int_equal(counter(1), 0);
}

/* As of a crowd that inserts one new row. */
static void test_it_goes_on_after_many_deadlocks(void **state)
{
	break_at(2, 15, ER_LOCK_DEADLOCK);
	assert_int_equal(transaction_run(test_db, count_attempts, NULL), ERR_NONE);
	assert_int_equal(counter(1), 1);
	begin(state);
	break_at(1, 15, ER_LOCK_DEADLOCK);
	assert_int_equal(add_one(test_db, 1), ERR_NONE);
	assert_int_equal(counter(1), 1);
}

/* ---- A connection that is lost. */

static void test_a_loss_before_commit_is_repaired(void **state)
{
	for (int n = 1; n <= 3; n++) {
		begin(state);
		break_at(n, 1, 0);
		assert_int_equal(transaction_run(test_db, count_attempts, NULL), ERR_NONE);
		assert_int_equal(n_broken(), 1);
		assert_int_equal(counter(1), 1);
		assert_int_equal(counter(2), 1);
	}
}

static void test_a_loss_again_and_again_is_not(void **state)
{
	(void)state;
	break_at(2, 100, 0);
	assert_int_equal(transaction_run(test_db, count_attempts, NULL), ERR_BUSY);
	assert_in_range(n_broken(), 3, 5);
	break_at(0, 0, 0);
	assert_int_equal(counter(1), 0);
	assert_int_equal(add_one(test_db, 1), ERR_NONE);
}

static void test_a_commit_without_answer_is_not_repeated(void **state)
{
	enum err err;

	(void)state;
	break_at(4, 1, 0);
	err = transaction_run(test_db, count_attempts, NULL);
	assert_int_equal(n_broken(), 1);
	assert_int_equal(counter(1), counter(2));
	assert_int_equal(counter(1), err == ERR_NONE ? 1 : 0);
}

/* What is undone is repeated; what may have been done is not. */
static void test_a_commit_that_fails(void **state)
{
	static const struct {
		unsigned code;
		bool is_repeated;
	} cases[] = {
		{ER_LOCK_DEADLOCK, true},
		{ER_LOCK_WAIT_TIMEOUT, true},
		{ER_UNKNOWN_COM_ERROR, true},
		{ER_ERROR_DURING_COMMIT, false},
		{ER_QUERY_INTERRUPTED, false},
		{ER_DISK_FULL, false},
		{ER_CONNECTION_KILLED, false},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		begin(state);
		break_query("COMMIT", cases[i].code);
		assert_int_equal(transaction_run(test_db, count_attempts, NULL), ERR_BUSY);
		break_query(NULL, 0);
		if ((n_attempts > 1) != cases[i].is_repeated)
			fail_msg("code %u: %d attempts", cases[i].code, n_attempts);
		assert_int_equal(counter(1), 0);
	}
}

static void test_a_killed_idle_connection_is_not_noticed(void **state)
{
	struct counter row = {.id = 1};

	(void)state;
	assert_int_equal(db_ping(test_db), ERR_NONE);
	kill_connection((MYSQL *)test_db->conn->mysql);
	assert_int_equal(stmt_need(test_db, &statements[READ], &row, &row, ERR_ABSENT), ERR_NONE);
	kill_connection((MYSQL *)test_db->conn->mysql);
	assert_int_equal(add_one(test_db, 1), ERR_NONE);
	assert_int_equal(counter(1), 1);
}

static int slow_insert; /* which of the statements */

static int insert_slowly(int index)
{
	static const char find[] = "SELECT id FROM information_schema.processlist "
				   "WHERE state = 'User sleep' "
				   "AND info LIKE 'INSERT INTO counter%'";
	struct counter row = {.n = 7};
	MYSQL *killer;
	MYSQL_ROW row_of_killer = NULL;
	char text[64];

	if (index == 0)
		return stmt_write(test_db, &statements[slow_insert], &row) == ERR_NONE;
	killer = mysql_init(NULL);
	mysql_real_connect(killer, NULL, "root", "", "wxuser", 0,
		getenv("WXUSER_CONF_database__socket"), 0);
	while (row_of_killer == NULL) {
		mysql_query(killer, find);
		row_of_killer = mysql_fetch_row(mysql_store_result(killer));
	}
	snprintf(text, sizeof(text), "KILL %s", row_of_killer[0]);
	mysql_query(killer, text);
	mysql_close(killer);
	return 0;
}

/* Whether it ran is not known, so it is not sent again. */
static void assert_is_not_repeated(int insert)
{
	slow_insert = insert;
	assert_int_equal(mariadb_race(2, insert_slowly), 2);
	/* The killed statement takes its time to end; one sent again would store its row. */
	wait_until("SELECT COUNT(*) = 0 FROM information_schema.processlist "
		   "WHERE state = 'User sleep'");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM counter WHERE id >= 1000"), 0);
}

static void test_a_write_that_is_cut_off_is_not_repeated(void **state)
{
	(void)state;
	assert_is_not_repeated(INSERT_SLOWLY);
	assert_is_not_repeated(INSERT_AND_READ_SLOWLY);
}

/* The client library would wait for its rows when it is used again. */
static void test_a_statement_that_failed_among_its_rows(void **state)
{
	struct counter all = {.id = 1}, none = {.id = 100000};
	int64_t begun_us = clock_monotonic_us();

	(void)state;
	assert_int_equal(
		stmt_need(test_db, &statements[READ_SLOWLY], &all, &all, ERR_ABSENT), ERR_BUSY);
	assert_int_equal(test_db->error.code, ER_STATEMENT_TIMEOUT);
	assert_int_equal(
		stmt_need(test_db, &statements[READ_SLOWLY], &none, &none, ERR_ABSENT), ERR_ABSENT);
	assert_in_range(clock_monotonic_us() - begun_us, 0, 5000000);
}

static void test_a_table_that_changes(void **state)
{
	struct counter row = {.id = 1};

	(void)state;
	assert_int_equal(stmt_need(test_db, &statements[READ], &row, &row, ERR_ABSENT), ERR_NONE);
	sql("ALTER TABLE counter ADD COLUMN more INT NULL FIRST");
	assert_int_equal(add_one(test_db, 1), ERR_NONE);
	assert_int_equal(stmt_need(test_db, &statements[READ], &row, &row, ERR_ABSENT), ERR_NONE);
	assert_int_equal(row.n, 1);
	sql("ALTER TABLE counter DROP COLUMN more");
	assert_int_equal(stmt_need(test_db, &statements[READ], &row, &row, ERR_ABSENT), ERR_NONE);
}

/* ---- A request that breaks off. */

static enum err leave(struct db *db, void *ctx)
{
	jmp_buf *out = ctx;
	add_one(db, 1);
	longjmp(*out, 1);
}

static void test_an_abandoned_transaction_is_rolled_back(void **state)
{
	jmp_buf out;
	(void)state;
	if (setjmp(out) == 0)
		transaction_run(test_db, leave, &out);
	db_end_request(test_db);
	assert_int_equal(counter(1), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM information_schema.innodb_trx"), 0);
	assert_int_equal(transaction_run(test_db, count_attempts, NULL), ERR_NONE);
	assert_int_equal(counter(1), 1);
}

static void test_requests_share_a_connection(void **state)
{
	struct db *next = db_new_sharing(test_db);
	int64_t waited_us;

	(void)state;
	assert_int_equal(add_one(test_db, 100000), ERR_NONE);
	waited_us = db_waited_us(test_db);
	assert_int_equal(db_waited_us(next), 0);
	db_give_up(test_db, ERR_BUSY);
	assert_int_equal(add_one(test_db, 1), ERR_BUSY);
	assert_int_equal(transaction_run(next, count_attempts, NULL), ERR_NONE);
	assert_int_equal(counter(1), 1);
	assert_int_equal(next->n_rows, 1);
	assert_int_equal(test_db->n_rows, 0);
	assert_int_not_equal(db_waited_us(next), 0);
	assert_int_equal(db_waited_us(test_db), waited_us);
	db_free(next);
	assert_non_null(test_db->conn->mysql);
}

static void pause_once(void *ctx)
{
	bool *is_over = ctx;

	conn_pause(test_db, 1);
	*is_over = true;
}

static void test_a_pause_before_another_try_lets_others_go_on(void **state)
{
	struct transfers *transfers = transfers_new(1);
	struct pollfd input = {.fd = transfers_fd(transfers), .events = POLLIN};
	bool is_over = false;

	(void)state;
	db_set_transfers(test_db, transfers);
	fiber_start(pause_once, &is_over);
	assert_false(is_over);
	while (!is_over && poll(&input, 1, -1) > 0)
		transfers_run(transfers);
	assert_true(is_over);
	db_set_transfers(test_db, NULL);
	transfers_free(transfers);
}

/* ---- Nothing half stored: each request of a login goes wrong once. */

static const char *everything(void)
{
	return sql_text("SELECT MD5(CONCAT_WS('/', "
			"(SELECT GROUP_CONCAT(CONCAT_WS(',', id, HEX(account_id), unionid, name, "
			"HEX(session_key)) ORDER BY id) FROM wechat_user), "
			"(SELECT GROUP_CONCAT(CONCAT_WS(',', HEX(id), entity_version, "
			"HEX(concurrency_stamp)) ORDER BY id) FROM account), "
			"(SELECT GROUP_CONCAT(CONCAT_WS(',', unionid, HEX(account_id)) "
			"ORDER BY unionid) FROM account_unionid), "
			"(SELECT COUNT(*) FROM account_alias), (SELECT COUNT(*) FROM merge_log), "
			"(SELECT COUNT(*) FROM audit), (SELECT COUNT(*) FROM account_conflict), "
			"(SELECT COUNT(*) FROM login_claim WHERE state = 1)))");
}

struct trial_login {
	struct wechat_login login;
	struct claim claim;
	struct account account;
};

static void claim_anew(void *ctx)
{
	struct trial_login *trial = ctx;

	trial->claim = take_claim(&mini, new_code());
}

static enum err complete(void *ctx)
{
	struct trial_login *trial = ctx;

	return login_complete(test_db, &trial->claim, &trial->login, &trial->account, NULL);
}

static bool attempt_merge(int call, const struct fault *fault)
{
	static int n_persons;
	char openid[32], openid2[32], unionid[32];
	struct trial_login ctx = {
		.login = {.openid = openid, .unionid = unionid, .session_key = "k",
			.nickname = "N"},
	};
	const struct trial trial = {
		.prepare = claim_anew, .run = complete, .everything = everything, .ctx = &ctx,
	};
	bool is_reached;

	(void)call;
	snprintf(openid, sizeof(openid), "oF%d", n_persons);
	snprintf(openid2, sizeof(other), "oG%d", n_persons);
	snprintf(unionid, sizeof(unionid), "uF%d", n_persons++);
	log_in(&mini, openid, NULL);
	log_in(&official, openid2, unionid);
	is_reached = run_with_fault(&trial, fault);
	assert_string_equal(log_in(&official, openid2, unionid).id, ctx.account.id);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM merge_log WHERE survivor_id = "
				    "UNHEX(REPLACE('%s', '-', ''))", ctx.account.id), 1);
	return is_reached;
}

/* has_user: of a known user; else of a new one. */
static bool attempt_login(int has_user, const struct fault *fault)
{
	static int n_persons;
	char openid[32], unionid[32];
	struct trial_login ctx = {
		.login = {.openid = openid, .unionid = unionid, .session_key = "k",
			.nickname = "N"},
	};
	const struct trial trial = {
		.prepare = claim_anew, .run = complete, .everything = everything, .ctx = &ctx,
	};

	snprintf(openid, sizeof(openid), "oH%d", n_persons);
	snprintf(unionid, sizeof(unionid), "uH%d", n_persons++);
	if (has_user)
		log_in(&mini, openid, unionid);
	return run_with_fault(&trial, fault);
}

static void test_nothing_is_half_stored(void **state)
{
	(void)state;
	tenant = add_tenant("one");
	mini = add_app(tenant, "wx-mini", APP_MINI, "open");
	official = add_app(tenant, "wx-official", APP_OFFICIAL, "open");
	break_each(attempt_login, true, 2);
	break_each(attempt_login, false, 6);
	break_each(attempt_merge, 0, 15);
}

/* ---- The whole server. */

static int64_t lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A server that was blocked after time-outs is tried again after a pause. */
static void await_server(struct db *db)
{
	const int64_t limit_us = clock_monotonic_us() + 10 * CLOCK_SECOND_US;

	db_begin_request(db, NULL);
	while (db_ping(db) != ERR_NONE && clock_monotonic_us() < limit_us) {
		db_end_request(db);
		db_begin_request(db, NULL);
		clock_sleep_us(10000);
	}
	assert_int_equal(db_ping(db), ERR_NONE);
}

/* The machine may stall, but not in each round. */
static void test_a_frozen_server(void **state)
{
	int64_t least_us = INT64_MAX;

	(void)state;
	await_server(test_db);
	for (int i = 0; i < 2; i++) {
		int64_t begun_us;
		enum err first, second, third;

		db_begin_request(test_db, NULL);
		mariadb_freeze();
		begun_us = clock_monotonic_us();
		first = transaction_run(test_db, count_attempts, NULL);
		second = add_one(test_db, 1);
		third = db_ping(test_db);
		least_us = lesser(least_us, clock_monotonic_us() - begun_us);
		db_end_request(test_db);
		mariadb_thaw();
		assert_int_equal(first, ERR_BUSY);
		assert_int_equal(second, ERR_BUSY);
		assert_int_equal(third, ERR_BUSY);
	}
	assert_in_range(least_us, 0, FROZEN_LIMIT_US);
	await_server(test_db);
	assert_int_equal(transaction_run(test_db, count_attempts, NULL), ERR_NONE);
}

/* A request that is held beside one that waits in vain does not begin to. */
static void test_a_hang_is_waited_for_once(void **state)
{
	struct db *beside = db_new_sharing(test_db);
	int64_t least_us = INT64_MAX;

	(void)state;
	for (int i = 0; i < 2; i++) {
		int64_t hung_us;
		enum err first, second;

		db_begin_request(beside, NULL);
		await_server(beside);
		db_begin_request(test_db, NULL);
		mariadb_freeze();
		first = db_ping(test_db);
		hung_us = clock_monotonic_us();
		second = db_ping(beside);
		least_us = lesser(least_us, clock_monotonic_us() - hung_us);
		db_end_request(test_db);
		db_end_request(beside);
		mariadb_thaw();
		assert_int_equal(first, ERR_BUSY);
		assert_int_equal(second, ERR_BUSY);
		db_begin_request(beside, NULL);
		await_server(beside);
	}
	assert_in_range(least_us, 0, STOPPED_LIMIT_US);
	db_free(beside);
}

/* A request that came while the process waited in vain for another one does not begin to. */
static void test_a_hang_is_over_for_who_queued(void **state)
{
	struct db *beside = db_new_sharing(test_db);
	int64_t least_us = INT64_MAX;

	(void)state;
	for (int i = 0; i < 2; i++) {
		int64_t begun_us;
		enum err first, second;

		await_server(test_db);
		begun_us = clock_monotonic_us();
		mariadb_freeze();
		first = db_ping(test_db);
		db_begin_request(beside, NULL);
		db_note_queued(beside, (clock_monotonic_us() - begun_us) / 2);
		begun_us = clock_monotonic_us();
		second = db_ping(beside);
		least_us = lesser(least_us, clock_monotonic_us() - begun_us);
		db_end_request(test_db);
		db_end_request(beside);
		mariadb_thaw();
		assert_int_equal(first, ERR_BUSY);
		assert_int_equal(second, ERR_BUSY);
		await_server(beside);
	}
	assert_in_range(least_us, 0, STOPPED_LIMIT_US);
	db_free(beside);
}

/* As if a server of a list had let it wait for that long. */
static bool gives_up_after_timeout(struct db *db)
{
	db->conn->asked_us = clock_monotonic_us() - CLOCK_SECOND_US;
	conn_node_note_lost(db);
	return db->given_up != DB_ERROR_NONE;
}

/* Of its own, or of the one that was served before it while it was in the queue. */
static void test_the_second_timeout_ends_a_request(void **state)
{
	static struct node node;
	struct db *db = db_new(test_conf, NULL), *beside = db_new_sharing(db);

	(void)state;
	db->conn->nodes = (struct nodes){.nodes = {&node, &node, &node}, .n = 3};
	db->conn->node = &node;
	db_begin_request(db, NULL);
	assert_false(gives_up_after_timeout(db));
	assert_true(gives_up_after_timeout(db));
	db_end_request(db);
	db_begin_request(db, NULL);
	assert_false(gives_up_after_timeout(db));
	db_begin_request(beside, NULL);
	db_note_queued(beside, 60 * CLOCK_SECOND_US);
	assert_true(gives_up_after_timeout(beside));
	/* What the worker does by itself keeps others waiting. */
	db_end_request(beside);
	assert_true(gives_up_after_timeout(beside));
	db_end_request(beside);
	db_begin_request(beside, NULL);
	assert_false(gives_up_after_timeout(beside));
	db_end_request(beside);
	/* Who comes then waits only where a server is known to be well. */
	db_begin_request(beside, NULL);
	assert_true(conn_node_is_given_up(beside));
	db_end_request(beside);
	node_note(&node, NODE_READY, clock_monotonic_us());
	db_begin_request(beside, NULL);
	assert_false(conn_node_is_given_up(beside));
	db_free(beside);
	db_free(db);
}

static void test_a_stopped_server(void **state)
{
	int64_t least_us = INT64_MAX;

	(void)state;
	await_server(test_db);
	mariadb_stop();
	for (int i = 0; i < 3; i++) {
		int64_t begun_us = clock_monotonic_us();

		assert_int_equal(transaction_run(test_db, count_attempts, NULL), ERR_BUSY);
		assert_int_equal(add_one(test_db, 1), ERR_BUSY);
		assert_int_equal(db_ping(test_db), ERR_BUSY);
		least_us = lesser(least_us, clock_monotonic_us() - begun_us);
		db_end_request(test_db);
	}
	assert_in_range(least_us, 0, STOPPED_LIMIT_US);
	mariadb_start();
	sql("USE wxuser");
	await_server(test_db);
	assert_int_equal(transaction_run(test_db, count_attempts, NULL), ERR_NONE);
	assert_int_equal(counter(1), 1);
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_deadlock_is_tried_again),
		TEST(test_nothing_is_sent_after_a_deadlock),
		TEST(test_a_lock_timeout_rolls_all_back),
		TEST(test_a_lock_keeps_only_its_own_request_waiting),
		TEST(test_a_lock_that_never_comes),
		TEST(test_what_helps),
		TEST(test_a_transaction_ends_with_its_connection),
		TEST(test_a_stale_connection_costs_no_attempt),
		TEST(test_a_rollback_that_fails_leaves_nothing),
		TEST(test_a_wait_for_the_outside_aborts),
		TEST(test_what_does_not_help),
		TEST(test_what_the_server_is_short_of),
		TEST(test_a_limit_of_the_user_is_told),
		TEST(test_it_gives_up_in_the_end),
		TEST(test_it_goes_on_after_many_deadlocks),
		TEST(test_a_loss_before_commit_is_repaired),
		TEST(test_a_loss_again_and_again_is_not),
		TEST(test_a_commit_without_answer_is_not_repeated),
		TEST(test_a_commit_that_fails),
		TEST(test_a_killed_idle_connection_is_not_noticed),
		TEST(test_a_write_that_is_cut_off_is_not_repeated),
		TEST(test_a_statement_that_failed_among_its_rows),
		TEST(test_a_table_that_changes),
		TEST(test_an_abandoned_transaction_is_rolled_back),
		TEST(test_requests_share_a_connection),
		TEST(test_a_pause_before_another_try_lets_others_go_on),
		TEST(test_nothing_is_half_stored),
		TEST(test_a_frozen_server),
		TEST(test_a_hang_is_waited_for_once),
		TEST(test_a_hang_is_over_for_who_queued),
		TEST(test_the_second_timeout_ends_a_request),
		TEST(test_a_stopped_server),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
