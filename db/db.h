/*
 * A worker's way to the database: one connection, opened at first need and again after a loss,
 * its prepared statements, and the keys that seal personal data. Not shared between processes.
 *
 * Rules return enum err: ERR_BUSY when the database did not answer (logged here, once),
 * ERR_INTERNAL when it refused a statement. Look-ups return 1 there, 0 not there, -1 failed.
 */
#ifndef DB_H
#define DB_H

#include <stdint.h>

#include "err.h"

struct arena;
struct conf;
struct db;
struct secret_keys;

/* Does not connect. keys must outlive it. The caller frees it. */
struct db *db_new(const struct conf *conf, const struct secret_keys *keys);
void db_free(struct db *db);

/* Results of the coming look-ups live in this arena. */
void db_set_arena(struct db *db, struct arena *arena);
/* Rolls back what a request left open. */
void db_end_request(struct db *db);
/* Until the end of the request nothing is asked; all that is tried fails, with err. */
void db_give_up(struct db *db, enum err err);
/* Closes a connection that was idle for so long; 0: at once. */
void db_close_idle(struct db *db, int64_t idle_us);
/* Why the last look-up failed: ERR_BUSY, ERR_INTERNAL. */
enum err db_err(const struct db *db);
/* The same in the words of the server or the client library: "Access denied for … (1045)". */
const char *db_err_text(const struct db *db);
/* Returns err, and keeps the reason for the log until the end of the request. A rule calls it where
 * one err has several causes. reason: static text, never personal data. */
enum err db_refuse(struct db *db, enum err err, const char *reason);
/* The reason that a rule gave for err; NULL if the last refusal was another err. */
const char *db_reason(const struct db *db, enum err err);
/* Waited for the database in all; the difference of two is what lay between. */
int64_t db_waited_us(const struct db *db);
/* Connects if need be and asks one trivial question: ERR_NONE, ERR_BUSY, ERR_INTERNAL. */
enum err db_ping(struct db *db);

#endif
