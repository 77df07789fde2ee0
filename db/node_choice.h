/*
 * Connects to one of the hosts of [database] host: to the first in the order of [database] prefer
 * that is as it should be. One that refuses, does not answer in time, is not Primary or not Synced
 * in its cluster, is read-only, or is off in time, is left out, as node.h says.
 *
 * A worker that is not connected to the host that it prefers goes back in a minute or two, so that
 * the workers spread again after a failure without all of them moving at once.
 */
#ifndef NODE_CHOICE_H
#define NODE_CHOICE_H

#include <stdbool.h>

struct db;
struct server_address;

/* Connects. set_up makes a session of a new connection; it returns 0, or -1 with db->error set.
 * needs_writes: of a list, to none that only reads. Each host has a connect_timeout_s of its own.
 * Returns 0, or -1 with db->error set. */
int node_choice_connect(struct db *db, int (*set_up)(struct db *db), bool needs_writes);
/* Asks the host of the connection whether it is still as it should be. Returns 0, or -1 with
 * db->error set and the connection closed. */
int node_choice_check_again(struct db *db);
/* Whether others have found out that the host of the connection is to be left. */
bool node_choice_is_bad(const struct db *db);
/* Whether a write may be sent over the connection: not while the host's writes are blocked and
 * another worker tries. Otherwise db->error is set. */
bool node_choice_may_write(struct db *db);
/* Whether it is time to look at the hosts that are not in use; then the next time is a minute or so
 * later. */
bool node_choice_is_time(struct db *db);
/* Whether to connect anew, because a host that is preferred may be had. may_try: also if that one
 * was left out, and it may take a time-out to find out. */
bool node_choice_may_return(const struct db *db, bool may_try);
/* Returns the host of the list that was left out and is to be tried now; NULL: none. */
const struct server_address *node_choice_left_out(struct db *db);

#endif
