#include <errmsg.h>
#include <errno.h>
#include <mysql.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "activity.h"
#include "arena.h"
#include "both_texts.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "conn_node.h"
#include "counters.h"
#include "crypto.h"
#include "db_user.h"
#include "heap.h"
#include "log.h"
#include "remembered.h"
#include "scoreboard.h"
#include "secret_file.h"
#include "server_address.h"
#include "shortage.h"
#include "str.h"
#include "transfers.h"

/* The methods of authentication that show a server nothing of the password. Others send it as it
 * is, or encrypted for whatever key the server shows. A unix_socket user needs none. */
#define SAFE_METHODS "mysql_native_password,client_ed25519,parsec"
#define METHOD_NOT_ALLOWED 5010 /* CR_PLUGIN_NOT_ALLOWED of newer libraries */
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

static void conn_set_tls(MYSQL *connection, const struct conf *conf)
{
	const my_bool yes = 1;

	if (server_address_is_local(conf->database_host) && str_is_empty(conf->database_tls_ca)) {
#if HAVE_DECL_MARIADB_OPT_RESTRICTED_AUTH /* older libraries have none */
		mysql_optionsv(connection, MARIADB_OPT_RESTRICTED_AUTH, SAFE_METHODS);
#endif
		return;
	}
	mysql_optionsv(connection, MYSQL_OPT_SSL_ENFORCE, &yes);
	mysql_optionsv(connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
	mysql_optionsv(connection, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
	if (!str_is_empty(conf->database_tls_ca))
		mysql_optionsv(connection, MYSQL_OPT_SSL_CA, conf->database_tls_ca);
}

static void conn_set_options(
	MYSQL *connection, const struct db *db, const struct server_address *address)
{
	const unsigned tcp = MYSQL_PROTOCOL_TCP;
	const unsigned limit_s = (unsigned)db->conf->database_connect_timeout_s;
	const unsigned connect_s = conn_node_hurries(db->conn) ? (limit_s + 1) / 2 : limit_s;
	const unsigned wait_s = db->conn->no_timeout
		? CONN_NO_TIMEOUT_S
		: (unsigned)db->conf->database_read_timeout_s;
	const unsigned no = 0;
	const my_bool yes = 1;

	mysql_optionsv(connection, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	mysql_optionsv(connection, MYSQL_OPT_READ_TIMEOUT, &wait_s);
	mysql_optionsv(connection, MYSQL_OPT_WRITE_TIMEOUT, &wait_s);
	mysql_optionsv(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_optionsv(connection, MYSQL_OPT_LOCAL_INFILE, &no);
	mysql_optionsv(connection, MYSQL_REPORT_DATA_TRUNCATION, &yes);
	mysql_optionsv(connection, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", PACKAGE_NAME);
	if (address->is_tcp)
		mysql_optionsv(connection, MYSQL_OPT_PROTOCOL, &tcp);
	conn_set_tls(connection, db->conf);
}

static int conn_refuse_password(struct db *db)
{
	const unsigned code =
		shortage_is_meant(errno) ? CR_SOCKET_CREATE_ERROR : CR_UNKNOWN_ERROR;
	const char *path = db->conf->database_password_file;
	char text[PERMISSION_TEXT_SIZE];
	const char *problem = "it is too long";

	if (!str_is_empty(path))
		problem = secret_file_find_problem(path, text);
	return conn_fail(db, code, "(connect)",
		arena_printf(db->scratch, "[database] password_file: %s", problem));
}

/* The library's own text for a forbidden method names it from memory that it has freed. */
static const char *conn_refusal(const struct db *db, const struct server_address *address)
{
	MYSQL *mysql = db->conn->mysql;
	const unsigned code = mysql_errno(mysql);

	if (code == CR_SSL_CONNECTION_ERROR && address->host != NULL &&
		server_address_is_local(address->host) &&
		!server_address_is_local(db->conf->database_host))
		return arena_printf(db->scratch,
			"%s; all hosts of [database] host need TLS, since one of them is another "
			"machine; set ssl_cert and ssl_key on this one",
			mysql_error(mysql));
	return code == METHOD_NOT_ALLOWED
		? "without TLS no server gets the password but by " SAFE_METHODS
		  "; run: ALTER USER ... IDENTIFIED VIA ed25519 USING PASSWORD('...'), or set "
		  "[database] tls_ca"
		: mysql_error(mysql);
}

/* Reads the service's password each time, since it may have been changed. */
static bool conn_read_password(const struct db *db, char password_r[SECRET_FILE_SIZE])
{
	const struct conf *conf = db->conf;
	const struct db_login *login = db->conn->login;

	return login != NULL
		? secret_file_read(login->password, "", password_r, SECRET_FILE_SIZE)
		: secret_file_read(conf->database_password, conf->database_password_file,
			  password_r, SECRET_FILE_SIZE);
}

int conn_connect(struct db *db, const struct server_address *address)
{
	const struct conf *conf = db->conf;
	const struct db_login *login = db->conn->login;
	const char *user = login != NULL ? login->user : conf->database_user;
	MYSQL *mysql;
	const MYSQL *opened;
	char password[SECRET_FILE_SIZE];

	db->conn->asked_us = clock_monotonic_us();
	if (!conn_read_password(db, password))
		return conn_refuse_password(db);
	mysql = db->conn->mysql = mysql_init(NULL);
	if (mysql == NULL)
		BUG("out of memory");
	conn_set_options(mysql, db, address);
	/* With CLIENT_FOUND_ROWS an UPDATE reports how many rows it matched, changed or not. */
	opened = mysql_real_connect(mysql, address->host, user, password,
		db->conn->is_without_database ? NULL : conf->database_name, address->port,
		conf->database_socket, CLIENT_FOUND_ROWS);
	crypto_wipe(password, sizeof(password));
	if (opened == NULL) {
		conn_fail(db, mysql_errno(mysql), "(connect)", conn_refusal(db, address));
		if (db->error.kind == DB_ERROR_LOST || db->error.kind == DB_ERROR_UNSENT)
			db->error.kind = DB_ERROR_ABSENT;
		conn_close(db->conn);
		return -1;
	}
	db->conn->n_opened++;
	counter_add(COUNTER_DATABASE_CONNECTIONS, 1);
	return 0;
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
