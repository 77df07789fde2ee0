/*
 * The connection behind struct db: how it is opened, lost and found again, and what its failures
 * mean. For the other files of db/ only; conn.c, stmt.c and row.c alone know the client library.
 *
 * A failure is noted here and says what helps. Within a transaction the first one sticks: no
 * further statement is sent, since after a deadlock the server would commit it by itself. After a
 * time-out nothing is asked again in the same request.
 */
#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

struct st_mysql;
struct st_mysql_stmt;
struct prepared;

enum trouble {
	TROUBLE_NONE,
	TROUBLE_ABSENT,     /* no connection to be had */
	TROUBLE_UNSENT,     /* the connection was lost before the statement left */
	TROUBLE_LOST,       /* the connection, while a statement was under way: it may have run */
	TROUBLE_CONTENTION, /* deadlock, lock time-out, certification: all of it again */
	TROUBLE_RACE,       /* a unique key says that another was quicker: the same */
	TROUBLE_UNKNOWN,    /* COMMIT got no answer */
	TROUBLE_DUPLICATE,
	TROUBLE_STALE,      /* a prepared statement that the server no longer takes */
	TROUBLE_OVERLOAD, /* a limit, time, disk or memory of the server's */
	TROUBLE_REFUSED,    /* our mistake, or the operator's */
	TROUBLE_KEYS,       /* these are not the keys of the database */
};

/* What others may have undone is tried so often in all. */
#define CONN_N_TRIES 5

struct failure {
	enum trouble trouble;
	unsigned code; /* the client library's or the server's; 0: no such */
	const char *sql;
	char message[320]; /* where it cannot hold users' values */
};

struct db {
	const struct conf *conf;
	const struct secret_keys *keys;
	struct arena *own_arena;     /* when none is set */
	struct arena *arena;         /* of results */
	struct arena *scratch;       /* of one statement */
	struct st_mysql *connection; /* NULL: none */
	struct prepared *prepared;   /* on this connection */
	size_t n_prepared;
	int64_t used_us, asked_us;
	int64_t waited_us;           /* for answers, in all */
	int64_t insert_id;           /* of the last row inserted */
	bool is_patient;             /* no limit on how long a statement runs */
	bool is_in_transaction;
	bool is_cluster;
	enum trouble given_up;       /* for this request: why; TROUBLE_NONE: not */
	struct failure failure;
	enum err refused_with;       /* by a rule: db_refuse() */
	const char *refusal_reason;
};

/* Makes sure that there is a connection: 0, or -1 with the failure noted. */
int conn_open(struct db *db);
void conn_close(struct db *db);
/* A statement without parameters and rows: 0, or -1 with the failure noted. */
int conn_query(struct db *db, const char *sql);
/* Rows of two columns: 0, or -1 with the failure noted. */
int conn_read(struct db *db, const char *sql,
	void (*row)(void *ctx, const char *name, const char *value), void *ctx);
/* Takes back what was set, begun or made on the connection, which has no statement yet; a role
 * stays. 0, or -1 with the failure of what noted. */
int conn_reset(struct db *db, const char *what);
/* As the server says it: "10.11.6-MariaDB-1"; "": none. */
const char *conn_server_version(const struct db *db);
/* The handle of sql, which is kept by reference, prepared at its first use on the connection; NULL
 * with the failure noted. */
struct st_mysql_stmt *conn_prepare(struct db *db, const char *sql);
/* Prepares it anew the next time. */
void conn_forget(struct db *db, struct st_mysql_stmt *handle);
/* Rolls back what somebody left open. */
void conn_roll_back(struct db *db);
/* Notes what the client library reports about sql; -1. */
int conn_fail(struct db *db, unsigned code, const char *sql, const char *message);
/* The same of a statement with parameters, whose values may stand in the message. */
int conn_fail_of_values(struct db *db, unsigned code, const char *sql, const char *message);
/* The same of what we report ourselves. */
int conn_refuse(struct db *db, const char *what, const char *message);
/* Writes the noted failure to the log, and says it as a rule does. */
enum err conn_report(const struct db *db);
/* The noted failure as a rule says it. */
enum err conn_err(const struct db *db);
/* The time since then was spent on waiting for answers. */
void conn_note_wait(struct db *db, int64_t begun_us);
/* Before the next try after n_tries: a time that grows, by chance. */
void conn_pause(int n_tries);
/* From the next connection on statements may take their time; closes the present one. */
void conn_be_patient(struct db *db);

#endif
