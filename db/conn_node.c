#include <mysqld_error.h>
#include <stdatomic.h>

#include "clock.h"
#include "conn_node.h"
#include "connection.h"
#include "log.h"

/* A connection that took so long to be lost had a time-out. */
#define TIMEOUT_US 800000
#define HUNG_US CLOCK_SECOND_US

/* Whether a request need not begin to wait: one that came before the last one gave up, and of a
 * list any while no host is known to serve, so that who is behind it in the queue is answered. */
static bool conn_node_is_hung(const struct db *db)
{
	const struct conn *conn = db->conn;

	if (conn->hung_us == 0 || clock_monotonic_us() - conn->hung_us >= HUNG_US)
		return false;
	return db->begun_us < conn->hung_us ||
		(conn->nodes.n > 1 && !nodes_have_serving(&conn->nodes));
}

bool conn_node_is_given_up(struct db *db)
{
	if (db->given_up == DB_ERROR_NONE && conn_node_is_hung(db)) {
		db->given_up = DB_ERROR_ABSENT;
		db->error.is_told = true;
	}
	if (db->given_up == DB_ERROR_NONE)
		return false;
	db->error.kind = db->given_up;
	return true;
}

bool conn_node_hurries(const struct conn *conn)
{
	return conn->nodes.n > 1 && conn->timeout_us != 0 &&
		clock_monotonic_us() - conn->timeout_us < HUNG_US;
}

void conn_node_note_none(struct db *db)
{
	if (db->n_timeouts > 0 && !db->needs_writer)
		db->conn->hung_us = clock_monotonic_us();
}

static void conn_node_tell(const struct db *db, bool is_news)
{
	const struct conn *conn = db->conn;
	const enum node_state state = (enum node_state)atomic_load(&conn->node->state);

	if (!is_news || (conn->nodes.n == 1 && !conn->tells_host))
		return;
	log_event(state == NODE_READY ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "database host");
	log_str("host", conn->node->name);
	log_str("state", node_state_name(state));
	if (state == NODE_REFUSES)
		log_str("message", db->error.message);
	log_end();
}

void conn_node_note(struct db *db, enum node_state state)
{
	conn_node_tell(db, node_note(db->conn->node, state, clock_monotonic_us()));
}

void conn_node_note_written(struct db *db, bool is_done)
{
	conn_node_tell(
		db, node_note_written(db->conn->node, is_done, db->conn->asked_us));
}

void conn_node_note_stalled_write(struct db *db, int64_t begun_us)
{
	const unsigned code = db->error.code;

	if (code == ER_LOCK_WAIT_TIMEOUT || code == ER_STATEMENT_TIMEOUT)
		conn_node_tell(db, node_note_stalled_write(db->conn->node, begun_us,
					   clock_monotonic_us()));
}

/* A request gives up after the second time-out for which it has waited, of its own or in the queue,
 * and after the first where there is no other host. */
static void conn_node_note_timeout(struct db *db)
{
	struct conn *conn = db->conn;
	const int64_t now_us = clock_monotonic_us();
	const bool is_first = db->n_timeouts++ == 0 && conn->timeout_us <= db->begun_us;
	const bool gives_up = !is_first || conn->nodes.n == 1;

	conn_node_tell(db, node_note_timeout(conn->node, db->is_writing, now_us));
	if (gives_up)
		db->given_up = DB_ERROR_ABSENT;
	/* Where a host reads, a write alone has waited for the others. */
	if (db->needs_writer)
		return;
	conn->timeout_us = now_us;
	if (gives_up)
		conn->hung_us = now_us;
}

void conn_node_note_lost(struct db *db)
{
	if (clock_monotonic_us() - db->conn->asked_us >= TIMEOUT_US) {
		conn_node_note_timeout(db);
		return;
	}
	if (db->error.code == ER_UNKNOWN_COM_ERROR)
		conn_node_note(db, NODE_NOT_PRIMARY);
	if (db->is_writing)
		conn_node_note_written(db, false);
}
