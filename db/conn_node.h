/*
 * What requests find out about the host of their connection as they use it, for the other files of
 * db/ only. All workers of the machine get to know it (node.h). The log has what is new about one
 * host of several.
 *
 * A request that waited in vain goes on at another host, once, if there is one; otherwise it gives
 * up.
 */
#ifndef CONN_NODE_H
#define CONN_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "node.h"

struct conn;
struct db;

/* Returns whether the request sends nothing more, with db->error set. This is so once it has given
 * up, and for a second after another request of the worker has, since otherwise each would wait for
 * a time-out of its own, one after the other: for those that came before, and where no host of a
 * list is known to serve, for all. */
bool conn_node_is_given_up(struct db *db);
/* Whether the worker has waited in vain for a host of the list within the last second. Connecting
 * to the next one may then take half as long, since requests in the queue wait for it, too. */
bool conn_node_hurries(const struct conn *conn);
/* Notes that no host of the list could be had: a request that met a time-out gives up with that. */
void conn_node_note_none(struct db *db);
/* Notes what was found out as the worker connected. */
void conn_node_note(struct db *db, enum node_state state);
/* Notes a write that has succeeded, or is over without a time-out. */
void conn_node_note_written(struct db *db, bool is_done);
/* Notes a write that began at begun_us and is not tried again, if it waited for a lock, or for too
 * long. */
void conn_node_note_stalled_write(struct db *db, int64_t begun_us);
/* Notes that the connection is lost, as db->error says, if the host is at fault: it let the request
 * time out, or it is not ready. */
void conn_node_note_lost(struct db *db);

#endif
