/*
 * A request's way to the database: a connection with its prepared statements, opened when it is
 * first needed and again after a loss, and the keys that seal personal data. The requests of a
 * worker share the connection, each with a struct db of its own. Processes share none.
 *
 * Every function of db/ that may fail returns enum err. If the database fails it logs the reason
 * once and returns ERR_BUSY if the database did not answer, or ERR_INTERNAL if it refused a
 * statement. Look-ups name the error that they return where there is nothing.
 */
#ifndef DB_H
#define DB_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct arena;
struct conf;
struct db;
struct db_login;
struct node_table;
struct secret_keys;
struct server_address;
struct slot;
struct transfers;

/* Does not connect. keys must outlive it. Free it with db_free(). */
struct db *db_new(const struct conf *conf, const struct secret_keys *keys);
/* The same for one host of the database, in whatever state it is, and without keys. host must
 * outlive it. */
struct db *db_new_of_host(const struct conf *conf, const struct server_address *host);
/* From now on it connects as login, which must outlive it, and not as [database] user. */
void db_log_in_as(struct db *db, const struct db_login *login);
/* Connects to no database, for a user who may have no right to it yet. Called before all
 * statements. */
void db_set_without_database(struct db *db);
/* Returns a view for another request on other's connection, which other keeps. */
struct db *db_new_sharing(const struct db *other);
void db_free(struct db *db);
/* From now on a request that waits for a lock lets others go on. Called before all statements. */
void db_set_transfers(struct db *db, struct transfers *transfers);
/* From now on what is known of the database's hosts is shared with others (node.h), and the slot of
 * the worker shows which one it uses. slot: NULL for another process. Called before all
 * statements. */
void db_share_nodes(struct db *db, struct node_table *nodes, struct slot *slot);
/* From now on API keys, apps and settings are remembered for some seconds (remembered.h). */
void db_remember(struct db *db, _Atomic uint32_t *n_changes);
/* Returns whether a statement may have changed what others remember. */
bool db_has_changed_remembered(const struct db *db);
/* Wipes what was remembered for long enough. Call it once a second. */
void db_wipe_remembered(struct db *db);

/* Returns the keys that it was made with. */
const struct secret_keys *db_keys(const struct db *db);
/* Sets the arena that holds the results of the next look-ups. */
void db_set_arena(struct db *db, struct arena *arena);
/* Does the same for the results of a request that begins. */
void db_begin_request(struct db *db, struct arena *arena);
/* The request that has just begun waited so long for this process. Where that is since before a
 * hang ended, it does not wait for the same host again. */
void db_note_queued(struct db *db, int64_t queued_us);
/* Rolls back what the request left open. */
void db_end_request(struct db *db);
/* Sends nothing until the end of the request: every function returns err, ERR_BUSY or
 * ERR_INTERNAL. */
void db_give_up(struct db *db, enum err err);
/* Closes a connection that was idle for at least idle_us. */
void db_close_idle(struct db *db, int64_t idle_us);
/* Closes a connection that the server has closed. Call it once a second. */
void db_close_lost(struct db *db);
/* Connects to a host of the database that is preferred to the one in use, if it is time to look
 * for one (node_choice.h). If there is none, one that was left out is tried, so that others know
 * when it is well. may_try: it may take a time-out. Call it once a second. */
void db_return_to_preferred(struct db *db, bool may_try);
/* Returns why the database failed last, in the words of the server or the client library: "Access
 * denied … (1045)". */
const char *db_err_text(const struct db *db);
/* Returns what to do about a server that runs, but has refused the connection; NULL: the error does
 * not tell that it runs. */
const char *db_err_remedy(const struct db *db);
/* Returns whether that was a user or its password. */
bool db_err_is_of_password(const struct db *db);
/* Returns err, and keeps the reason for the log until the end of the request. A rule calls it where
 * one err has several causes. reason is static text or in the arena,
 * never personal data. */
enum err db_refuse(struct db *db, enum err err, const char *reason);
/* Returns the reason that a rule gave for err; NULL if the last refusal was another err. */
const char *db_reason(const struct db *db, enum err err);
/* Returns the time spent waiting for the database so far. */
int64_t db_waited_us(const struct db *db);
/* How many damaged values were read as absent, in all. */
int64_t db_n_damaged(const struct db *db);
/* For another program, which has tables of its own in a database of its own. */
void db_set_other_tables(struct db *db);
/* Connects if need be and sends a trivial statement. */
enum err db_ping(struct db *db);
/* Connects if need be, and makes sure that the host of the connection is as it should be, or that
 * no other is (node.h). Returns ERR_INTERNAL if its tables are missing or older than this program,
 * as after a restore; later ones will do. Start, reload and /readyz go by this. */
enum err db_check_host(struct db *db);
/* Returns the host of the last connection, "a:3306", and what is known of it; NULL: there was
 * none. */
const char *db_host(const struct db *db);
const char *db_host_state(const struct db *db);

#endif
