#include <errmsg.h>
#include <errno.h>
#include <mysql.h>
#include <unistd.h>

#include "activity.h"
#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "counters.h"
#include "crypto.h"
#include "log.h"
#include "secret_file.h"
#include "server_address.h"
#include "str.h"

/* A connection that took so long to be lost had a time-out. */
#define TIMEOUT_US 800000
#define PAUSE_US 2000

struct prepared {
	const char *sql;
	MYSQL_STMT *handle;
};

void conn_set_no_timeout(struct db *db)
{
	conn_close(db);
	db->no_timeout = true;
}

void conn_close(struct db *db)
{
	if (db->connection == NULL)
		return;
	mysql_close(db->connection);
	db->connection = NULL;
	for (size_t i = 0; i < db->n_prepared; i++)
		mysql_stmt_close(db->prepared[i].handle);
	free(db->prepared);
	db->prepared = NULL;
	db->n_prepared = 0;
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
	db_error_count(db->error.kind);
	db->error.code = code;
	db->error.sql = sql;
	snprintf(db->error.message, sizeof(db->error.message), "%s", message);
	switch (db->error.kind) {
	case DB_ERROR_ABSENT:
	case DB_ERROR_UNSENT:
	case DB_ERROR_LOST:
		conn_close(db);
		if (clock_monotonic_us() - db->asked_us >= TIMEOUT_US)
			db->given_up = DB_ERROR_ABSENT;
		return -1;
	default:
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

void conn_pause(int n_tries)
{
	enum activity before = activity_begin(ACTIVITY_DATABASE);
	uint32_t chance;

	crypto_random(&chance, sizeof(chance));
	clock_sleep_us(chance % (uint32_t)(PAUSE_US << 2 * n_tries));
	activity_begin(before);
}

static void conn_set_tls(MYSQL *connection, const struct conf *conf)
{
	const my_bool yes = 1;

	if (server_address_is_local(conf->database_host) && str_is_empty(conf->database_tls_ca))
		return;
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
	const unsigned connect_s = (unsigned)db->conf->database_connect_timeout_s;
	const unsigned wait_s =
		db->no_timeout ? CONN_NO_TIMEOUT_S : (unsigned)db->conf->database_read_timeout_s;
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
	const char *path = db->conf->database_password_file;
	char text[PERMISSION_TEXT_SIZE];
	const char *problem = "it is too long";

	if (!str_is_empty(path))
		problem = secret_file_find_problem(path, text);
	return conn_refuse(db, "(connect)",
		arena_printf(db->scratch, "[database] password_file: %s", problem));
}

int conn_connect(struct db *db)
{
	const struct conf *conf = db->conf;
	const struct server_address address = server_address_of(db->scratch, conf);
	const MYSQL *opened;
	char password[SECRET_FILE_SIZE];

	if (!secret_file_read(conf->database_password, conf->database_password_file, password,
		    sizeof(password)))
		return conn_refuse_password(db);
	db->connection = mysql_init(NULL);
	if (db->connection == NULL)
		BUG("out of memory");
	conn_set_options(db->connection, db, &address);
	db->asked_us = clock_monotonic_us();
	/* With CLIENT_FOUND_ROWS an UPDATE reports how many rows it matched, changed or not. */
	opened = mysql_real_connect(db->connection, address.host, conf->database_user, password,
		conf->database_name, address.port, conf->database_socket, CLIENT_FOUND_ROWS);
	crypto_wipe(password, sizeof(password));
	if (opened == NULL) {
		conn_fail(db, mysql_errno(db->connection), "(connect)",
			mysql_error(db->connection));
		if (db->error.kind == DB_ERROR_LOST || db->error.kind == DB_ERROR_UNSENT)
			db->error.kind = DB_ERROR_ABSENT;
		conn_close(db);
		return -1;
	}
	counter_add(COUNTER_DATABASE_CONNECTIONS, 1);
	return 0;
}

int conn_ping(struct db *db)
{
	if (mysql_ping(db->connection) == 0)
		return 0;
	return conn_fail(db, mysql_errno(db->connection), "(ping)", "");
}

int conn_query(struct db *db, const char *sql)
{
	enum activity before = activity_begin(ACTIVITY_DATABASE);
	int status;

	counter_add(COUNTER_DATABASE_STATEMENTS, 1);
	db->asked_us = clock_monotonic_us();
	status = mysql_real_query(db->connection, sql, strlen(sql));
	activity_begin(before);
	if (status == 0)
		return 0;
	return conn_fail(db, mysql_errno(db->connection), sql, mysql_error(db->connection));
}

int conn_read(struct db *db, const char *sql,
	void (*row)(void *ctx, const char *name, const char *value), void *ctx)
{
	MYSQL_RES *result;
	MYSQL_ROW values;

	if (conn_query(db, sql) != 0)
		return -1;
	result = mysql_store_result(db->connection);
	if (result == NULL)
		return conn_fail(
			db, mysql_errno(db->connection), sql, mysql_error(db->connection));
	while ((values = mysql_fetch_row(result)) != NULL)
		row(ctx, values[0], values[1]);
	mysql_free_result(result);
	return 0;
}

int conn_reset(struct db *db, const char *what)
{
	db->asked_us = clock_monotonic_us();
	if (mysql_reset_connection(db->connection) == 0 &&
		mysql_select_db(db->connection, db->conf->database_name) == 0)
		return 0;
	return conn_fail(
		db, mysql_errno(db->connection), what, mysql_error(db->connection));
}

const char *conn_server_version(const struct db *db)
{
	return db->connection == NULL ? "" : mysql_get_server_info(db->connection);
}

static MYSQL_STMT *conn_prepare_new(struct db *db, const char *sql)
{
	MYSQL_STMT *handle = mysql_stmt_init(db->connection);

	db->asked_us = clock_monotonic_us();
	if (mysql_stmt_prepare(handle, sql, strlen(sql)) != 0) {
		conn_fail(db, mysql_stmt_errno(handle), sql, mysql_stmt_error(handle));
		mysql_stmt_close(handle);
		return NULL;
	}
	db->prepared = reallocarray(db->prepared, db->n_prepared + 1, sizeof(*db->prepared));
	if (db->prepared == NULL)
		BUG("out of memory");
	db->prepared[db->n_prepared++] = (struct prepared){.sql = sql, .handle = handle};
	return handle;
}

MYSQL_STMT *conn_prepare(struct db *db, const char *sql)
{
	for (size_t i = 0; i < db->n_prepared; i++) {
		if (db->prepared[i].sql == sql)
			return db->prepared[i].handle;
	}
	return conn_prepare_new(db, sql);
}

void conn_forget(struct db *db, MYSQL_STMT *handle)
{
	for (size_t i = 0; i < db->n_prepared; i++) {
		if (db->prepared[i].handle != handle)
			continue;
		mysql_stmt_close(handle);
		db->prepared[i] = db->prepared[--db->n_prepared];
		return;
	}
}

void conn_roll_back(struct db *db)
{
	bool is_open = db->is_in_transaction ||
		(db->connection != NULL &&
			(db->connection->server_status & SERVER_STATUS_IN_TRANS) != 0);

	db->is_in_transaction = false;
	/* The next START TRANSACTION would commit what is left open. */
	if (is_open && db->connection != NULL && conn_query(db, "ROLLBACK") != 0)
		conn_close(db);
}
