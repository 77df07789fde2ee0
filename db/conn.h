/*
 * The connection behind a struct db, for the other files of db/ only. Only conn.c, stmt.c and row.c
 * know the client library.
 *
 * A function that fails sets db->error. Within a transaction the first error stays: no further
 * statement is sent, since the server, which has rolled back after a deadlock, would commit it by
 * itself. After a time-out the request goes on at another host, if there is one, with what may be
 * repeated; otherwise nothing more is sent for it.
 */
#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db_error.h"
#include "node.h"

struct arena;
struct conf;
struct secret_keys;
struct server_address;
struct slot;
struct st_mysql;
struct st_mysql_stmt;
struct prepared;
struct transfers;
struct remembered;

/* In seconds; as good as none. */
#define CONN_NO_TIMEOUT_S 3600
/* How long it may take what dates users as changed, of the ten seconds of user_changes.h; the rest
 * is for COMMIT, and for the other nodes of a cluster. */
#define CONN_DATED_MAX_S 5

/* A request gives up after so many time-outs, and after the first where there is no other host. */
#define CONN_TIMEOUTS_MAX 2

/* As many as the workers of 8 processors may keep twice, during a reload, within the 16,382 that
 * MariaDB allows by default. */
#define CONN_PREPARED_MAX 120

/* A connection, which the requests of a worker share, and what they remember. A statement's result
 * is read to its end before another request may go on, and no request waits for the outside in a
 * transaction. */
struct conn {
	struct st_mysql *mysql;    /* NULL: not connected */
	struct prepared *prepared; /* statements prepared on it */
	size_t n_prepared;         /* CONN_PREPARED_MAX at most */
	uint64_t n_uses;           /* of them */
	int64_t used_us, asked_us;
	int64_t hung_us; /* when a request last gave up waiting for an answer; 0: never */
	struct node_table *node_table; /* of the machine; NULL: the process is alone */
	struct slot *slot; /* of the worker; NULL: it is none */
	struct node_table *own_nodes;
	const struct server_address *only; /* connects to it alone, in whatever state it is;
					    * NULL: to one of the list */
	struct nodes nodes;   /* the hosts of the list, as they were tried */
	struct node *node;    /* being connected to, or the last one that was; NULL: none yet */
	size_t node_at;       /* in nodes */
	bool is_last_resort;  /* it is not as it should be, nor is any other */
	int64_t return_us;    /* when to look whether a preferred host may be had */
	bool no_timeout; /* statements may take as long as they need */
	bool has_other_tables; /* it is another program's, with tables of its own */
	/* It is for who makes the tables, or looks whether there are any: an old schema will do, or
	 * none if no host of the list has one. */
	bool creates_tables;
	bool is_cluster;
	uint64_t n_opened; /* connections so far */
	struct arena *scratch; /* holds what one statement needs */
	struct arena *results; /* holds results where db_set_arena() has set no arena */
	struct remembered *remembered; /* NULL: nothing is */
	bool has_changed_remembered;   /* a statement of stmt.changes_remembered was sent */
	/* For pauses between tries. NULL: the process holds one request. Otherwise the server waits
	 * for no lock, since all requests of the worker would wait, too: a statement that meets a
	 * lock is tried again after a pause. */
	struct transfers *transfers;
};

/* One request's view of the connection. */
struct db {
	struct conn *conn;
	bool owns_conn;
	const struct conf *conf;
	const struct secret_keys *keys;
	struct arena *arena;   /* holds results */
	struct arena *scratch; /* the connection's */
	int64_t begun_us;      /* when the request began, or the one before it ended */
	int64_t waited_us;     /* for answers, in all */
	int64_t insert_id;     /* of the last row inserted */
	int64_t n_rows;        /* that the last statement matched, inserted or deleted */
	bool is_in_transaction;
	/* Of a transaction: when it first dated users as changed (clock_monotonic_us()), and by how
	 * much ahead of the time. */
	int64_t dated_us;
	int32_t ahead_s;
	/* On a cluster: whether the request waits until the node has applied all that was committed
	 * before, and the connection (conn.n_opened) on which it has; 0: none yet. */
	bool must_catch_up;
	uint64_t caught_up_on;
	bool is_dry_run;             /* rolls back in place of COMMIT */
	bool is_writing;             /* what is sent is a write, or part of a transaction */
	int n_timeouts;              /* of this request */
	enum db_error_kind given_up; /* for this request: why; DB_ERROR_NONE: it is not given up */
	struct db_error error;
	enum err refused_with; /* by a rule: db_refuse() */
	const char *refusal_reason;
};

/* Does not connect. */
struct conn *conn_new(void);
void conn_free(struct conn *conn);

/* Returns whether the request sends nothing more, with db->error set. This is so once it has given
 * up, and for a second after another request of the worker has, since otherwise each would wait for
 * a time-out of its own, one after the other. */
bool conn_is_given_up(struct db *db);
/* Notes what was found out about the host as the worker connected. News about one of several is
 * logged, here and below. */
void conn_note_node(struct db *db, enum node_state state);
/* Notes a write that has succeeded, or is over without a time-out. */
void conn_note_written(struct db *db, bool is_done);
/* Notes a write that began at begun_us and is not tried again, if it waited for a lock, or for too
 * long. */
void conn_note_stalled_write(struct db *db, int64_t begun_us);
/* Connects, without setting up the session. Returns 0, or -1 with db->error set. */
int conn_connect(struct db *db, const struct server_address *address);
void conn_close(struct conn *conn);
/* Finds out without a message whether the server has closed the connection. Returns 0, or -1 with
 * db->error set and the connection closed. */
int conn_look(struct db *db);
/* Checks whether the server still answers. Returns 0, or -1 with db->error set. */
int conn_ping(struct db *db);
/* Sends a statement without parameters and rows. Returns 0, or -1 with db->error set. */
int conn_query(struct db *db, const char *sql);
/* The same for one that may take long: meanwhile is called each second. */
int conn_query_slowly(
	struct db *db, const char *sql, void (*meanwhile)(void *ctx), void *ctx);
/* Returns whether the node may not have applied yet what was committed on others before the request
 * began. The request's next statement or transaction then waits until it has. */
bool conn_is_behind(struct db *db);
/* Waits so if the request must. Returns 0, or -1 with db->error set. */
int conn_catch_up(struct db *db);
/* Calls row for each row of two columns. Returns 0, or -1 with db->error set. */
int conn_read(struct db *db, const char *sql,
	void (*row)(void *ctx, const char *name, const char *value), void *ctx);
/* Undoes what was set, begun or created on the connection, which has no statement prepared yet. A
 * role stays. Returns 0, or -1 with db->error set; sql of that error is what. */
int conn_reset(struct db *db, const char *what);
/* Returns the version as the server says it, "10.11.6-MariaDB-1"; "" without a connection. */
const char *conn_server_version(const struct conn *conn);
/* Returns the handle of sql, which is kept by reference and prepared at its first use on the
 * connection; NULL with db->error set. It may be closed by the next call: a connection keeps the
 * CONN_PREPARED_MAX statements that it used last. */
struct st_mysql_stmt *conn_prepare(struct db *db, const char *sql);
/* Closes a handle, so that its statement is prepared again the next time. */
void conn_forget(struct conn *conn, struct st_mysql_stmt *handle);
/* Rolls back a transaction that was left open. */
void conn_roll_back(struct db *db);
/* Sets db->error to what the client library reports about sql; closes a connection that is lost.
 * Returns -1. */
int conn_fail(struct db *db, unsigned code, const char *sql, const char *message);
/* The same for a statement with parameters, whose values may stand in the message. */
int conn_fail_of_values(struct db *db, unsigned code, const char *sql, const char *message);
/* Sets db->error to a problem that this program has found. Returns -1. */
int conn_refuse(struct db *db, const char *what, const char *message);
/* Adds the time since begun_us to the time spent waiting for answers. */
void conn_note_wait(struct db *db, int64_t begun_us);
/* Returns whether a statement or a transaction that has failed n_tries times is not yet tried often
 * enough. After contention on a cluster the next try waits as conn_is_behind() says. */
bool conn_may_try_again(struct db *db, int n_tries);
/* Sleeps before the next try after n_tries, for a random time that grows with them. */
void conn_pause(struct conn *conn, int n_tries);
/* Closes the connection; on later ones statements may take as long as they need. */
void conn_set_no_timeout(struct conn *conn);

#endif
