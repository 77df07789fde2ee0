#include <errmsg.h>
#include <errno.h>
#include <mysql.h>
#include <poll.h>
#include <sys/socket.h>

#include "activity.h"
#include "arena.h"
#include "both_texts.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "conn_node.h"
#include "counters.h"
#include "crypto.h"
#include "heap.h"
#include "remembered.h"
#include "scoreboard.h"
#include "transfers.h"

#define N_TRIES 5
/* Where the server waits for locks: those are deadlocks, of which a crowd that inserts one new row
 * has several for each that goes on. Otherwise time alone limits the tries: while others hold the
 * lock, or where another node is first, many fail within milliseconds. */
#define N_TRIES_OF_DEADLOCK 20
#define PAUSE_US 2000
#define PAUSE_GROWTHS_MAX 3
#define LOCKED_GROWTHS_MAX 4 /* where nothing waits for a lock but a pause */
#define LOOK_MS 1000 /* while a long statement runs */
#define ARENA_LIMIT (8 * 1024 * 1024)

struct prepared {
	const char *sql;
	MYSQL_STMT *handle;
	uint64_t used; /* conn->n_uses at its last use */
};

struct conn *conn_new(void)
{
	struct conn *conn = heap_new_of(struct conn);

	conn->scratch = arena_new(ARENA_LIMIT);
	conn->results = arena_new(ARENA_LIMIT);
	conn->own_nodes = heap_new_of(struct node_table);
	return conn;
}

void conn_free(struct conn *conn)
{
	conn_close(conn);
	remembered_free(conn->remembered);
	both_texts_free(conn->both_texts);
	free(conn->disabled_tenants);
	free(conn->own_nodes);
	arena_free(conn->results);
	arena_free(conn->scratch);
	free(conn);
}

void conn_set_no_timeout(struct conn *conn)
{
	conn_close(conn);
	conn->no_timeout = true;
}

void conn_close(struct conn *conn)
{
	if (conn->mysql == NULL)
		return;
	mysql_close(conn->mysql);
	conn->mysql = NULL;
	if (conn->slot != NULL)
		atomic_store(&conn->slot->node, 0);
	for (size_t i = 0; i < conn->n_prepared; i++)
		mysql_stmt_close(conn->prepared[i].handle);
	free(conn->prepared);
	conn->prepared = NULL;
	conn->n_prepared = 0;
}

void conn_note_wait(struct db *db, int64_t begun_us)
{
	int64_t wait_us = clock_monotonic_us() - begun_us;

	db->waited_us += wait_us;
	counter_add(COUNTER_DATABASE_WAIT, (uint64_t)wait_us);
}

int conn_fail(struct db *db, unsigned code, const char *sql, const char *message)
{
	db->error.kind = db_error_kind_of(code);
	db_error_count(db->error.kind, code);
	db->error.code = code;
	db->error.is_told = false;
	db->error.sql = sql;
	snprintf(db->error.message, sizeof(db->error.message), "%s", message);
	db->needs_writer |= db_error_is_of_reader(code);
	switch (db->error.kind) {
	case DB_ERROR_ABSENT:
	case DB_ERROR_UNSENT:
	case DB_ERROR_LOST:
		conn_close(db->conn);
		conn_node_note_lost(db);
		return -1;
	default:
		if (db->is_writing)
			conn_node_note_written(db, false);
		return -1;
	}
}

int conn_fail_of_values(struct db *db, unsigned code, const char *sql, const char *message)
{
	const enum db_error_kind kind = db_error_kind_of(code);
	const bool is_of_data = kind == DB_ERROR_REFUSED || kind == DB_ERROR_DUPLICATE;

	return conn_fail(db, code, sql, is_of_data ? "" : message);
}

int conn_refuse(struct db *db, const char *what, const char *message)
{
	return conn_fail(db, CR_UNKNOWN_ERROR, what, message);
}

bool conn_may_try_again(const struct db *db, struct conn_tries *tries)
{
	tries->n++;
	if (db->error.kind != DB_ERROR_CONTENTION)
		return tries->n - tries->n_contended < N_TRIES;
	return ++tries->n_contended < N_TRIES_OF_DEADLOCK || db->conn->transfers != NULL ||
		db->conn->is_cluster;
}

void conn_pause(struct db *db, int n_tries)
{
	const struct conn *conn = db->conn;
	enum activity before = activity_begin(ACTIVITY_DATABASE);
	int growths_max = conn->transfers != NULL ? LOCKED_GROWTHS_MAX : PAUSE_GROWTHS_MAX;
	int n_growths = n_tries < growths_max ? n_tries : growths_max;
	uint32_t chance;
	int64_t pause_us;

	/* Until this node has what another one was first with, each try would fail. */
	if (db->error.kind == DB_ERROR_CONTENTION)
		conn_plan_catch_up(db);
	crypto_random(&chance, sizeof(chance));
	pause_us = chance % (uint32_t)(PAUSE_US << 2 * n_growths);
	if (conn->transfers != NULL)
		transfers_sleep_us(conn->transfers, pause_us);
	else
		clock_sleep_us(pause_us);
	activity_begin(before);
}

int conn_look(struct db *db)
{
	const my_socket fd = mysql_get_socket(db->conn->mysql);
	char byte;

	db->conn->asked_us = clock_monotonic_us();
	/* What the server sends unasked says why it closes the connection. */
	if (recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN)
		return 0;
	return conn_fail(db, CR_SERVER_GONE_ERROR, "(idle)", "");
}

int conn_ping(struct db *db)
{
	MYSQL *mysql = db->conn->mysql;

	if (mysql_ping(mysql) == 0)
		return 0;
	return conn_fail(db, mysql_errno(mysql), "(ping)", "");
}

int conn_query(struct db *db, const char *sql)
{
	enum activity before = activity_begin(ACTIVITY_DATABASE);
	MYSQL *mysql = db->conn->mysql;
	int status;

	counter_add(COUNTER_DATABASE_STATEMENTS, 1);
	db->conn->asked_us = clock_monotonic_us();
	status = mysql_real_query(mysql, sql, strlen(sql));
	activity_begin(before);
	if (status == 0)
		return 0;
	return conn_fail(db, mysql_errno(mysql), sql, mysql_error(mysql));
}

int conn_read(struct db *db, const char *sql,
	void (*row)(void *ctx, const char *name, const char *value), void *ctx)
{
	MYSQL *mysql = db->conn->mysql;
	MYSQL_RES *result;
	MYSQL_ROW values;

	if (conn_query(db, sql) != 0)
		return -1;
	result = mysql_store_result(mysql);
	if (result == NULL)
		return conn_fail(db, mysql_errno(mysql), sql, mysql_error(mysql));
	while ((values = mysql_fetch_row(result)) != NULL)
		row(ctx, values[0], values[1]);
	mysql_free_result(result);
	return 0;
}

int conn_query_slowly(
	struct db *db, const char *sql, void (*meanwhile)(void *ctx), void *ctx)
{
	MYSQL *mysql = db->conn->mysql;
	struct pollfd answer = {.events = POLLIN};

	counter_add(COUNTER_DATABASE_STATEMENTS, 1);
	db->conn->asked_us = clock_monotonic_us();
	if (mysql_send_query(mysql, sql, strlen(sql)) != 0)
		return conn_fail(db, mysql_errno(mysql), sql, mysql_error(mysql));
	answer.fd = mysql_get_socket(mysql);
	while (poll(&answer, 1, LOOK_MS) == 0)
		meanwhile(ctx);
	if (mysql_read_query_result(mysql) == 0)
		return 0;
	return conn_fail(db, mysql_errno(mysql), sql, mysql_error(mysql));
}

static bool conn_is_behind(const struct db *db)
{
	return db->conn->is_cluster && db->caught_up_on != db->conn->n_opened;
}

void conn_plan_catch_up(struct db *db)
{
	db->must_catch_up = true;
}

bool conn_may_find_more(struct db *db)
{
	if (!conn_is_behind(db))
		return false;
	conn_plan_catch_up(db);
	return true;
}

/* A wait that the server has given up is not repeated. */
int conn_catch_up(struct db *db)
{
	if (db->is_in_transaction || !db->must_catch_up || !conn_is_behind(db))
		return 0;
	if (conn_read(db,
		    "SET STATEMENT wsrep_sync_wait = 1 FOR SELECT 1, 1 FROM DUAL WHERE FALSE",
		    NULL, NULL) != 0) {
		if (db->error.kind == DB_ERROR_CONTENTION)
			db->error.kind = DB_ERROR_OVERLOAD;
		return -1;
	}
	db->caught_up_on = db->conn->n_opened;
	return 0;
}

int conn_reset(struct db *db, const char *what)
{
	MYSQL *mysql = db->conn->mysql;

	db->conn->asked_us = clock_monotonic_us();
	if (mysql_reset_connection(mysql) == 0 &&
		mysql_select_db(mysql, db->conf->database_name) == 0)
		return 0;
	return conn_fail(db, mysql_errno(mysql), what, mysql_error(mysql));
}

const char *conn_server_version(const struct conn *conn)
{
	return conn->mysql == NULL ? "" : mysql_get_server_info(conn->mysql);
}

/* Closes the statement that was not used for longest. */
static void conn_forget_oldest(struct conn *conn)
{
	const struct prepared *oldest = conn->prepared;

	for (size_t i = 1; i < conn->n_prepared; i++)
		if (conn->prepared[i].used < oldest->used)
			oldest = &conn->prepared[i];
	conn_forget(conn, oldest->handle);
}

static MYSQL_STMT *conn_prepare_new(struct db *db, const char *sql)
{
	struct conn *conn = db->conn;
	MYSQL_STMT *handle;

	if (conn->n_prepared == CONN_PREPARED_MAX)
		conn_forget_oldest(conn);
	handle = mysql_stmt_init(conn->mysql);

	conn->asked_us = clock_monotonic_us();
	if (mysql_stmt_prepare(handle, sql, strlen(sql)) != 0) {
		conn_fail(db, mysql_stmt_errno(handle), sql, mysql_stmt_error(handle));
		mysql_stmt_close(handle);
		return NULL;
	}
	conn->prepared =
		reallocarray(conn->prepared, conn->n_prepared + 1, sizeof(*conn->prepared));
	if (conn->prepared == NULL)
		BUG("out of memory");
	conn->prepared[conn->n_prepared++] = (struct prepared){
		.sql = sql, .handle = handle, .used = ++conn->n_uses,
	};
	return handle;
}

MYSQL_STMT *conn_prepare(struct db *db, const char *sql)
{
	struct conn *conn = db->conn;

	for (size_t i = 0; i < conn->n_prepared; i++) {
		struct prepared *prepared = &conn->prepared[i];

		if (prepared->sql != sql)
			continue;
		prepared->used = ++conn->n_uses;
		return prepared->handle;
	}
	return conn_prepare_new(db, sql);
}

void conn_forget(struct conn *conn, MYSQL_STMT *handle)
{
	for (size_t i = 0; i < conn->n_prepared; i++) {
		if (conn->prepared[i].handle != handle)
			continue;
		mysql_stmt_close(handle);
		conn->prepared[i] = conn->prepared[--conn->n_prepared];
		return;
	}
}

void conn_roll_back(struct db *db)
{
	const MYSQL *mysql = db->conn->mysql;
	bool is_open = db->is_in_transaction ||
		(mysql != NULL && (mysql->server_status & SERVER_STATUS_IN_TRANS) != 0);

	db->is_in_transaction = false;
	/* The next START TRANSACTION would commit what is left open. */
	if (is_open && mysql != NULL && conn_query(db, "ROLLBACK") != 0)
		conn_close(db->conn);
}
