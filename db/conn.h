/*
 * The connection behind a struct db, for the other files of db/ only. Only conn.c, conn_connect.c,
 * stmt.c and row.c know the client library.
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

#include "connection.h"

struct st_mysql_stmt;

/* In seconds; as good as none. */
#define CONN_NO_TIMEOUT_S 3600
/* How long it may take what dates users as changed, of the ten seconds of user_changes.h; the rest
 * is for COMMIT, and for the other nodes of a cluster. */
#define CONN_DATED_MAX_S 5

/* As many as the workers of 8 processors may keep twice, during a reload, within the 16,382 that
 * MariaDB allows by default. */
#define CONN_PREPARED_MAX 120

/* Does not connect. */
struct conn *conn_new(void);
void conn_free(struct conn *conn);

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
/* Lets the request's next statement or transaction wait until the node has applied what was
 * committed on others before the request began. */
void conn_plan_catch_up(struct db *db);
/* Does so if the node may be behind, and returns whether it may: a look-up or a transaction that
 * has not found all may find more if it is repeated. */
bool conn_may_find_more(struct db *db);
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
/* How often a statement or a transaction has failed. */
struct conn_tries {
	int n, n_contended; /* n_contended: by contention, which a cluster may have often */
};
/* Counts the try that has failed. Returns whether there may be another one; the caller limits the
 * time. */
bool conn_may_try_again(const struct db *db, struct conn_tries *tries);
/* Sleeps before the next try after n_tries, for a random time that grows with them up to a limit.
 * After contention the next try waits as conn_plan_catch_up() says. */
void conn_pause(struct db *db, int n_tries);
/* Closes the connection; on later ones statements may take as long as they need. */
void conn_set_no_timeout(struct conn *conn);

#endif
