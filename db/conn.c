#include <errmsg.h>
#include <errno.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <unistd.h>

#include "activity.h"
#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "log.h"
#include "counters.h"
#include "secret.h"
#include "secret_file.h"
#include "server_address.h"
#include "session.h"
#include "str.h"

#define PATIENCE_S 3600
/* Idle for longer, a connection is asked whether it lives before a write is trusted to it. */
#define FRESH_US (10 * CLOCK_SECOND_US)
/* A loss that took so long was a time-out. */
#define TIMEOUT_US 800000
#define PAUSE_US 2000

struct prepared {
	const char *sql;
	MYSQL_STMT *handle;
};

void conn_be_patient(struct db *db)
{
	conn_close(db);
	db->is_patient = true;
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

/* Up to here codes are of the server's system library, of disk, memory and open files. */
#define EE_LAST 999

static const struct {
	enum trouble trouble;
	unsigned code;
} known[] = {
	{TROUBLE_ABSENT, CR_CONNECTION_ERROR},
	{TROUBLE_ABSENT, CR_CONN_HOST_ERROR},
	{TROUBLE_ABSENT, CR_UNKNOWN_HOST},
	{TROUBLE_ABSENT, ER_CON_COUNT_ERROR},
	{TROUBLE_ABSENT, ER_HOST_IS_BLOCKED},
	{TROUBLE_ABSENT, ER_CANT_CREATE_THREAD},
	{TROUBLE_ABSENT, ER_TOO_MANY_USER_CONNECTIONS},
	{TROUBLE_UNSENT, CR_SERVER_GONE_ERROR},
	{TROUBLE_LOST, CR_SERVER_LOST},
	{TROUBLE_LOST, CR_SERVER_LOST_EXTENDED},
	{TROUBLE_LOST, ER_CONNECTION_KILLED},
	{TROUBLE_LOST, ER_SERVER_SHUTDOWN},
	{TROUBLE_LOST, ER_UNKNOWN_COM_ERROR}, /* a cluster's node that is not ready */
	/* A node that has become read-only. */
	{TROUBLE_LOST, ER_OPTION_PREVENTS_STATEMENT},
	{TROUBLE_LOST, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION},
	{TROUBLE_LOST, ER_READ_ONLY_MODE},
	{TROUBLE_LOST, ER_INNODB_READ_ONLY},
	{TROUBLE_CONTENTION, ER_LOCK_DEADLOCK},
	{TROUBLE_CONTENTION, ER_LOCK_WAIT_TIMEOUT},
	{TROUBLE_CONTENTION, ER_CHECKREAD},
	{TROUBLE_DUPLICATE, ER_DUP_ENTRY},
	{TROUBLE_STALE, ER_UNKNOWN_STMT_HANDLER},
	{TROUBLE_STALE, ER_NEED_REPREPARE},
	{TROUBLE_STALE, CR_NEW_STMT_METADATA},
	{TROUBLE_OVERLOAD, ER_STATEMENT_TIMEOUT},
	{TROUBLE_OVERLOAD, ER_QUERY_INTERRUPTED},
	{TROUBLE_OVERLOAD, ER_MAX_PREPARED_STMT_COUNT_REACHED},
	{TROUBLE_OVERLOAD, ER_USER_LIMIT_REACHED},
	{TROUBLE_OVERLOAD, ER_DISK_FULL},
	{TROUBLE_OVERLOAD, ER_RECORD_FILE_FULL},
	{TROUBLE_OVERLOAD, ER_ERROR_ON_READ},
	{TROUBLE_OVERLOAD, ER_ERROR_ON_WRITE},
	{TROUBLE_OVERLOAD, ER_GET_ERRNO},
	{TROUBLE_OVERLOAD, ER_IO_READ_ERROR},
	{TROUBLE_OVERLOAD, ER_IO_WRITE_ERROR},
	{TROUBLE_OVERLOAD, ER_TEMP_FILE_WRITE_FAILURE},
	{TROUBLE_OVERLOAD, ER_OUTOFMEMORY},
	{TROUBLE_OVERLOAD, ER_OUT_OF_SORTMEMORY},
	{TROUBLE_OVERLOAD, ER_OUT_OF_RESOURCES},
	{TROUBLE_OVERLOAD, ER_ENGINE_OUT_OF_MEMORY},
	{TROUBLE_OVERLOAD, ER_LOCK_TABLE_FULL},
	{TROUBLE_OVERLOAD, ER_TRANS_CACHE_FULL},
	{TROUBLE_OVERLOAD, ER_STMT_CACHE_FULL},
	{TROUBLE_OVERLOAD, ER_TOO_MANY_CONCURRENT_TRXS},
	{TROUBLE_OVERLOAD, ER_INNODB_UNDO_LOG_FULL},
};

static enum trouble trouble_of(unsigned code)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].code == code)
			return known[i].trouble;
	return code > 0 && code <= EE_LAST ? TROUBLE_OVERLOAD : TROUBLE_REFUSED;
}

void conn_note_wait(struct db *db, int64_t begun_us)
{
	int64_t wait_us = clock_monotonic_us() - begun_us;

	db->waited_us += wait_us;
	counter_add(COUNTER_DATABASE_WAIT, (uint64_t)wait_us);
}

/* What a rule lives with, a duplicate or a stale handle, is none. */
static void count_failure(enum trouble trouble)
{
	static const struct {
		enum trouble trouble;
		enum counter counter;
	} counted[] = {
		{TROUBLE_ABSENT, COUNTER_DATABASE_UNREACHABLE},
		{TROUBLE_UNSENT, COUNTER_DATABASE_LOST},
		{TROUBLE_LOST, COUNTER_DATABASE_LOST},
		{TROUBLE_CONTENTION, COUNTER_DATABASE_CONTENTION},
		{TROUBLE_OVERLOAD, COUNTER_DATABASE_OVERLOAD},
		{TROUBLE_REFUSED, COUNTER_DATABASE_REFUSED},
	};

	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
		counter_add(counted[i].counter, counted[i].trouble == trouble);
}

int conn_fail(struct db *db, unsigned code, const char *sql, const char *message)
{
	db->failure.trouble = trouble_of(code);
	count_failure(db->failure.trouble);
	db->failure.code = code;
	db->failure.sql = sql;
	snprintf(db->failure.message, sizeof(db->failure.message), "%s", message);
	switch (db->failure.trouble) {
	case TROUBLE_ABSENT:
	case TROUBLE_UNSENT:
	case TROUBLE_LOST:
		conn_close(db);
		if (clock_monotonic_us() - db->asked_us >= TIMEOUT_US)
			db->given_up = TROUBLE_ABSENT;
		return -1;
	default:
		return -1;
	}
}

int conn_fail_of_values(struct db *db, unsigned code, const char *sql, const char *message)
{
	const enum trouble trouble = trouble_of(code);
	const bool is_of_data = trouble == TROUBLE_REFUSED || trouble == TROUBLE_DUPLICATE;

	return conn_fail(db, code, sql, is_of_data ? "" : message);
}

int conn_refuse(struct db *db, const char *what, const char *message)
{
	return conn_fail(db, CR_UNKNOWN_ERROR, what, message);
}

enum err conn_err(const struct db *db)
{
	switch (db->failure.trouble) {
	case TROUBLE_REFUSED:
	case TROUBLE_DUPLICATE:
	case TROUBLE_KEYS:
		return ERR_INTERNAL;
	default:
		return ERR_BUSY;
	}
}

enum err conn_report(const struct db *db)
{
	if (db->failure.trouble == TROUBLE_KEYS) {
		log_error("keys: %s", db->failure.message);
		return ERR_INTERNAL;
	}
	log_event(LOG_LEVEL_ERROR, "database failed");
	log_int("code", db->failure.code);
	if (db->failure.message[0] != '\0')
		log_str("message", db->failure.message);
	log_str("sql", db->failure.sql);
	log_end();
	return conn_err(db);
}

void conn_pause(int n_tries)
{
	enum activity before = activity_begin(ACTIVITY_DATABASE);
	uint32_t chance;

	secret_random(&chance, sizeof(chance));
	clock_sleep_us(chance % (uint32_t)(PAUSE_US << 2 * n_tries));
	activity_begin(before);
}

static void set_tls(MYSQL *connection, const struct conf *conf)
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

static void set_options(
	MYSQL *connection, const struct db *db, const struct server_address *address)
{
	const unsigned tcp = MYSQL_PROTOCOL_TCP;
	const unsigned connect_s = (unsigned)db->conf->database_connect_timeout_s;
	const unsigned wait_s =
		db->is_patient ? PATIENCE_S : (unsigned)db->conf->database_read_timeout_s;
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
	set_tls(connection, db->conf);
}

static int refuse_password(struct db *db)
{
	const char *path = db->conf->database_password_file;
	char text[PLACE_TEXT_SIZE];
	const char *offence = "it is too long";

	if (!str_is_empty(path))
		offence = secret_file_find_offence(path, text);
	return conn_refuse(db, "(connect)",
		arena_printf(db->scratch, "[database] password_file: %s", offence));
}

static int connect_now(struct db *db)
{
	const struct conf *conf = db->conf;
	const struct server_address address = server_address_of(db->scratch, conf);
	const MYSQL *opened;
	char password[SECRET_FILE_SIZE];

	if (!secret_file_read(conf->database_password, conf->database_password_file, password,
		    sizeof(password)))
		return refuse_password(db);
	db->connection = mysql_init(NULL);
	if (db->connection == NULL)
		BUG("out of memory");
	set_options(db->connection, db, &address);
	db->asked_us = clock_monotonic_us();
	/* CLIENT_FOUND_ROWS: an UPDATE tells how many rows it matched, changed or not. */
	opened = mysql_real_connect(db->connection, address.host, conf->database_user, password,
		conf->database_name, address.port, conf->database_socket, CLIENT_FOUND_ROWS);
	secret_wipe(password, sizeof(password));
	if (opened == NULL) {
		conn_fail(db, mysql_errno(db->connection), "(connect)",
			mysql_error(db->connection));
		if (db->failure.trouble == TROUBLE_LOST || db->failure.trouble == TROUBLE_UNSENT)
			db->failure.trouble = TROUBLE_ABSENT;
		conn_close(db);
		return -1;
	}
	counter_add(COUNTER_DATABASE_CONNECTIONS, 1);
	if (session_set(db) == 0)
		return 0;
	conn_close(db);
	return -1;
}

/* Asks an old connection whether it lives, opens one where there is none. */
static bool reach_server(struct db *db)
{
	if (db->connection != NULL && db->asked_us - db->used_us > FRESH_US &&
		mysql_ping(db->connection) != 0)
		conn_fail(db, mysql_errno(db->connection), "(ping)", "");
	return db->given_up == TROUBLE_NONE && (db->connection != NULL || connect_now(db) == 0);
}

/* A transaction ends with its connection: what is left of it must not run on another one. */
int conn_open(struct db *db)
{
	enum activity before;
	bool is_reached;

	if (db->given_up != TROUBLE_NONE)
		return -1;
	if (db->is_in_transaction)
		return 0;
	db->asked_us = clock_monotonic_us();
	before = activity_begin(ACTIVITY_DATABASE);
	is_reached = reach_server(db);
	activity_begin(before);
	if (!is_reached)
		return -1;
	db->failure = (struct failure){0};
	db->asked_us = db->used_us = clock_monotonic_us();
	return 0;
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

static MYSQL_STMT *prepare(struct db *db, const char *sql)
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
	if (conn_open(db) != 0)
		return NULL;
	for (size_t i = 0; i < db->n_prepared; i++) {
		if (db->prepared[i].sql == sql)
			return db->prepared[i].handle;
	}
	return prepare(db, sql);
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
	/* What it left open the next START TRANSACTION would commit. */
	if (is_open && db->connection != NULL && conn_query(db, "ROLLBACK") != 0)
		conn_close(db);
}
