#include <errmsg.h>
#include <mysqld_error.h>
#include <stddef.h>

#include "counters.h"
#include "db_error.h"
#include "log.h"

/* Codes up to this one are of the server's system library: disk, memory, open files. */
#define EE_LAST 999

/* What is not here is refused: a mistake of ours or of the operator's, which stays if it is tried
 * again: a wrong password (1045), a right that is missing (1044, 1142), a table that is damaged
 * (1194, 1877). 3024 and 4031 are MySQL's, where MariaDB has 1969 and 1927. */
static const struct {
	enum db_error_kind kind;
	unsigned code;
} known[] = {
	/* There is no connection, so nothing has run; another host may have one. */
	{DB_ERROR_ABSENT, CR_CONNECTION_ERROR},
	{DB_ERROR_ABSENT, CR_CONN_HOST_ERROR},
	{DB_ERROR_ABSENT, CR_UNKNOWN_HOST},
	{DB_ERROR_ABSENT, CR_SOCKET_CREATE_ERROR}, /* this process has no descriptor left */
	{DB_ERROR_ABSENT, CR_IPSOCK_ERROR},        /* likewise */
	{DB_ERROR_ABSENT, ER_CON_COUNT_ERROR},
	{DB_ERROR_ABSENT, ER_HOST_IS_BLOCKED},
	{DB_ERROR_ABSENT, ER_CANT_CREATE_THREAD},
	{DB_ERROR_ABSENT, ER_TOO_MANY_USER_CONNECTIONS},
	{DB_ERROR_UNSENT, CR_SERVER_GONE_ERROR},
	{DB_ERROR_LOST, CR_SERVER_LOST},
	{DB_ERROR_LOST, CR_SERVER_LOST_EXTENDED},
	{DB_ERROR_LOST, ER_CONNECTION_KILLED},
	{DB_ERROR_LOST, ER_SERVER_SHUTDOWN},
	/* The server has closed the connection in the middle of a packet. */
	{DB_ERROR_LOST, ER_NET_READ_ERROR},
	{DB_ERROR_LOST, ER_NET_READ_INTERRUPTED},
	{DB_ERROR_LOST, ER_NET_ERROR_ON_WRITE},
	{DB_ERROR_LOST, ER_NET_WRITE_INTERRUPTED},
	/* A node of a cluster that is not ready, also for COMMIT, looks at no statement. */
	{DB_ERROR_UNSENT, ER_UNKNOWN_COM_ERROR},
	/* A server that has become read-only. */
	{DB_ERROR_UNSENT, ER_OPTION_PREVENTS_STATEMENT},
	{DB_ERROR_UNSENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION},
	{DB_ERROR_UNSENT, ER_READ_ONLY_MODE},
	{DB_ERROR_UNSENT, ER_INNODB_READ_ONLY},
	/* Another transaction was first, or holds the lock. The server has undone the statement, or
	 * the transaction, also at COMMIT: a cluster's certification, or a lock of a backup. */
	{DB_ERROR_CONTENTION, ER_LOCK_DEADLOCK},
	{DB_ERROR_CONTENTION, ER_LOCK_WAIT_TIMEOUT},
	{DB_ERROR_CONTENTION, ER_CHECKREAD},
	/* A migration has changed the table since the transaction began. */
	{DB_ERROR_CONTENTION, ER_TABLE_DEF_CHANGED},
	/* InnoDB's name for a deadlock at a table's AUTO-INC lock, which INSERT … SELECT takes */
	{DB_ERROR_CONTENTION, ER_AUTOINC_READ_FAILED},
	/* A node has sent the transaction to the others, and does not know what came of it. */
	{DB_ERROR_UNKNOWN, ER_ERROR_DURING_COMMIT},
	{DB_ERROR_DUPLICATE, ER_DUP_ENTRY},
	{DB_ERROR_STALE, ER_UNKNOWN_STMT_HANDLER},
	{DB_ERROR_STALE, ER_NEED_REPREPARE},
	{DB_ERROR_STALE, CR_NEW_STMT_METADATA},
	/* A limit, which time or an administrator raises. What has failed is undone; the same at
	 * once would meet the limit again, so it is the client that tries later. */
	{DB_ERROR_OVERLOAD, ER_STATEMENT_TIMEOUT},
	{DB_ERROR_OVERLOAD, ER_QUERY_INTERRUPTED},
	{DB_ERROR_OVERLOAD, ER_MAX_PREPARED_STMT_COUNT_REACHED},
	{DB_ERROR_OVERLOAD, ER_USER_LIMIT_REACHED},
	{DB_ERROR_OVERLOAD, ER_CANT_LOCK},
	{DB_ERROR_OVERLOAD, ER_DISK_FULL},
	{DB_ERROR_OVERLOAD, ER_RECORD_FILE_FULL},
	{DB_ERROR_OVERLOAD, ER_ERROR_ON_READ},
	{DB_ERROR_OVERLOAD, ER_ERROR_ON_WRITE},
	{DB_ERROR_OVERLOAD, ER_GET_ERRNO},
	{DB_ERROR_OVERLOAD, ER_IO_READ_ERROR},
	{DB_ERROR_OVERLOAD, ER_IO_WRITE_ERROR},
	{DB_ERROR_OVERLOAD, ER_TEMP_FILE_WRITE_FAILURE},
	{DB_ERROR_OVERLOAD, ER_OUTOFMEMORY},
	{DB_ERROR_OVERLOAD, ER_OUT_OF_SORTMEMORY},
	{DB_ERROR_OVERLOAD, ER_OUT_OF_RESOURCES},
	{DB_ERROR_OVERLOAD, ER_ENGINE_OUT_OF_MEMORY},
	{DB_ERROR_OVERLOAD, ER_LOCK_TABLE_FULL},
	{DB_ERROR_OVERLOAD, ER_TRANS_CACHE_FULL},
	{DB_ERROR_OVERLOAD, ER_STMT_CACHE_FULL},
	{DB_ERROR_OVERLOAD, ER_TOO_MANY_CONCURRENT_TRXS},
	{DB_ERROR_OVERLOAD, ER_INNODB_UNDO_LOG_FULL},
};

enum db_error_kind db_error_kind_of(unsigned code)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].code == code)
			return known[i].kind;
	return code > 0 && code <= EE_LAST ? DB_ERROR_OVERLOAD : DB_ERROR_REFUSED;
}

bool db_error_is_of_reader(unsigned code)
{
	return code == ER_OPTION_PREVENTS_STATEMENT ||
		code == ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION || code == ER_READ_ONLY_MODE ||
		code == ER_INNODB_READ_ONLY;
}

bool db_error_is_orphan(const struct db_error *error)
{
	return error->code == ER_NO_REFERENCED_ROW_2;
}

void db_error_count(enum db_error_kind kind, unsigned code)
{
	static const struct {
		enum db_error_kind kind;
		enum counter counter;
	} counted[] = {
		{DB_ERROR_ABSENT, COUNTER_DATABASE_UNREACHABLE},
		{DB_ERROR_UNSENT, COUNTER_DATABASE_LOST},
		{DB_ERROR_LOST, COUNTER_DATABASE_LOST},
		{DB_ERROR_CONTENTION, COUNTER_DATABASE_CONTENTION},
		{DB_ERROR_OVERLOAD, COUNTER_DATABASE_OVERLOAD},
		{DB_ERROR_REFUSED, COUNTER_DATABASE_REFUSED},
	};

	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
		counter_add(counted[i].counter, counted[i].kind == kind);
	counter_add(COUNTER_DATABASE_DEADLOCK, code == ER_LOCK_DEADLOCK);
	counter_add(COUNTER_DATABASE_LOCK_TIMEOUT, code == ER_LOCK_WAIT_TIMEOUT);
	counter_add(COUNTER_DATABASE_COMMIT_FAILED, code == ER_ERROR_DURING_COMMIT);
}

enum err db_error_err(const struct db_error *error)
{
	switch (error->kind) {
	case DB_ERROR_REFUSED:
	case DB_ERROR_DUPLICATE:
	case DB_ERROR_KEYS:
		return ERR_INTERNAL;
	case DB_ERROR_INTEGRITY:
		return ERR_INTEGRITY;
	default:
		return ERR_BUSY;
	}
}

enum err db_error_report(const struct db_error *error)
{
	if (error->kind == DB_ERROR_KEYS || error->kind == DB_ERROR_INTEGRITY) {
		log_error("%s: %s", error->kind == DB_ERROR_KEYS ? "keys" : "integrity",
			error->message);
		return db_error_err(error);
	}
	if (error->is_told)
		return db_error_err(error);
	log_event(LOG_LEVEL_ERROR, "database failed");
	log_int("code", error->code);
	if (error->message[0] != '\0')
		log_str("message", error->message);
	log_str("sql", error->sql);
	log_end();
	return db_error_err(error);
}
