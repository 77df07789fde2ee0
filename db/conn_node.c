#include <mysqld_error.h>
#include <stdatomic.h>

#include "clock.h"
#include "conn_node.h"
#include "connection.h"
#include "log.h"

/* A connection that took so long to be lost had a time-out. */
#define TIMEOUT_US 800000
#define HUNG_US CLOCK_SECOND_US
/* A request gives up after so many time-outs, and after the first where there is no other host. */
#define TIMEOUTS_MAX 2

bool conn_node_is_given_up(struct db *db)
{
	const int64_t hung_us = db->conn->hung_us;

	if (db->given_up == DB_ERROR_NONE && db->begun_us < hung_us &&
		clock_monotonic_us() - hung_us < HUNG_US)
		db->given_up = DB_ERROR_ABSENT;
	if (db->given_up == DB_ERROR_NONE)
		return false;
	db->error.kind = db->given_up;
	return true;
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

static void conn_node_note_timeout(struct db *db)
{
	struct conn *conn = db->conn;

	conn_node_tell(db, node_note_timeout(conn->node, db->is_writing, clock_monotonic_us()));
	if (++db->n_timeouts < TIMEOUTS_MAX && conn->nodes.n > 1)
		return;
	db->given_up = DB_ERROR_ABSENT;
	conn->hung_us = clock_monotonic_us();
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
