/*
 * What a failed statement means for the program: its kind decides whether it is repeated, whether
 * the connection is closed, and which enum err a rule returns.
 */
#ifndef DB_ERROR_H
#define DB_ERROR_H

#include <stdbool.h>

#include "err.h"

enum db_error_kind {
	DB_ERROR_NONE,
	DB_ERROR_ABSENT,     /* there is no connection to be had */
	DB_ERROR_UNSENT,     /* the statement did not run; over another connection it may */
	DB_ERROR_LOST,       /* the connection was lost: the statement may have run */
	DB_ERROR_CONTENTION, /* deadlock, lock time-out, certification: repeat the transaction */
	DB_ERROR_RACE,       /* another transaction took a unique key first: repeat it, too */
	DB_ERROR_UNKNOWN,    /* COMMIT got no answer, or none that says what came of it */
	DB_ERROR_DUPLICATE,  /* a unique key has the value already */
	DB_ERROR_STALE,      /* the server no longer takes a prepared statement */
	DB_ERROR_OVERLOAD,   /* a limit of the server: time, disk, memory, connections */
	DB_ERROR_REFUSED,    /* a mistake of ours, or of the operator's */
	DB_ERROR_KEYS,       /* the keys of this host are not those of the database */
	DB_ERROR_INTEGRITY,  /* a sealed value is damaged, or was sealed for another place */
};

struct db_error {
	enum db_error_kind kind;
	unsigned code;     /* of the client library or the server; 0: neither has one */
	const char *sql;
	bool is_told;      /* the log has it already */
	char message[512]; /* "" where it could hold values of users */
};

/* The kind of an error code of the server or the client library. */
enum db_error_kind db_error_kind_of(unsigned code);
/* Whether the server refuses writes since it is read-only. */
bool db_error_is_of_reader(unsigned code);
/* Whether a row was refused since the row is not there to which it would belong. */
bool db_error_is_orphan(const struct db_error *error);
/* Adds to the metrics. A duplicate and a stale handle do not count. */
void db_error_count(enum db_error_kind kind, unsigned code);
/* Returns ERR_BUSY, ERR_INTEGRITY or ERR_INTERNAL. */
enum err db_error_err(const struct db_error *error);
/* Writes the error to the log and returns the same. */
enum err db_error_report(const struct db_error *error);

#endif
