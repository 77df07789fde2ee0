#include "arena.h"
#include "clock.h"
#include "conn.h"
#include "conn_node.h"
#include "db.h"
#include "heap.h"
#include "node_choice.h"
#include "remembered.h"
#include "session.h"
#include "stmt.h"

/* What a worker does between requests keeps them waiting, as a request in the queue does that came
 * so long ago: it waits for no second time-out either. */
#define BETWEEN_US (10 * CLOCK_SECOND_US)

static struct db *db_view(
	struct conn *conn, const struct conf *conf, const struct secret_keys *keys)
{
	struct db *db = heap_new_of(struct db);

	db->conn = conn;
	db->conf = conf;
	db->keys = keys;
	db->arena = conn->results;
	db->scratch = conn->scratch;
	return db;
}

struct db *db_new(const struct conf *conf, const struct secret_keys *keys)
{
	struct db *db = db_view(conn_new(), conf, keys);

	db->owns_conn = true;
	return db;
}

struct db *db_new_of_host(const struct conf *conf, const struct server_address *host)
{
	struct db *db = db_new(conf, NULL);

	db->conn->only = host;
	return db;
}

struct db *db_new_sharing(const struct db *other)
{
	return db_view(other->conn, other->conf, other->keys);
}

void db_log_in_as(struct db *db, const struct db_login *login)
{
	db->conn->login = login;
}

void db_set_without_database(struct db *db)
{
	db->conn->is_without_database = db->conn->has_other_tables = true;
}

void db_free(struct db *db)
{
	if (db == NULL)
		return;
	if (db->owns_conn)
		conn_free(db->conn);
	free(db);
}

void db_set_transfers(struct db *db, struct transfers *transfers)
{
	db->conn->transfers = transfers;
}

void db_set_other_tables(struct db *db)
{
	db->conn->has_other_tables = true;
}

void db_share_nodes(struct db *db, struct node_table *nodes, struct slot *slot)
{
	db->conn->node_table = nodes;
	db->conn->slot = slot;
}

void db_remember(struct db *db, _Atomic uint32_t *n_changes)
{
	db->conn->remembered = remembered_new(n_changes);
}

bool db_has_changed_remembered(const struct db *db)
{
	return db->conn->has_changed_remembered;
}

void db_wipe_remembered(struct db *db)
{
	remembered_wipe_old(db->conn->remembered);
}

void db_begin_request(struct db *db, struct arena *arena)
{
	db_set_arena(db, arena);
	db->begun_us = clock_monotonic_us();
}

void db_note_queued(struct db *db, int64_t queued_us)
{
	db->begun_us -= queued_us;
}

const struct secret_keys *db_keys(const struct db *db)
{
	return db->keys;
}

void db_set_arena(struct db *db, struct arena *arena)
{
	db->arena = arena == NULL ? db->conn->results : arena;
}

enum err db_refuse(struct db *db, enum err err, const char *reason)
{
	db->refused_with = err;
	db->refusal_reason = reason;
	return err;
}

const char *db_reason(const struct db *db, enum err err)
{
	return db->refused_with == err ? db->refusal_reason : NULL;
}

const char *db_err_text(const struct db *db)
{
	const struct db_error *error = &db->error;

	if (error->code == 0)
		return "see above";
	return arena_printf(db->arena, "%s (%u)",
		error->message[0] != '\0' ? error->message : "see above", error->code);
}

int64_t db_n_damaged(const struct db *db)
{
	return db->n_damaged;
}

int64_t db_waited_us(const struct db *db)
{
	return db->waited_us;
}

void db_end_request(struct db *db)
{
	conn_roll_back(db);
	db->must_catch_up = false;
	db->caught_up_on = 0;
	db->given_up = DB_ERROR_NONE;
	db->n_timeouts = 0;
	db->needs_writer = false;
	db->error = (struct db_error){0};
	db_refuse(db, ERR_NONE, NULL);
	db_begin_request(db, NULL);
	db->begun_us -= BETWEEN_US;
	arena_reset(db->arena);
}

void db_give_up(struct db *db, enum err err)
{
	db->given_up = err == ERR_BUSY ? DB_ERROR_ABSENT : DB_ERROR_KEYS;
}

void db_close_idle(struct db *db, int64_t idle_us)
{
	struct conn *conn = db->conn;

	if (conn->mysql != NULL && clock_monotonic_us() - conn->used_us >= idle_us)
		conn_close(conn);
}

void db_close_lost(struct db *db)
{
	if (db->conn->mysql != NULL && conn_look(db) != 0)
		db_end_request(db);
}

/* Of a host that nobody needs nobody else would find out that it is well again. */
static void db_try_left_out(struct db *db)
{
	const struct server_address *address = node_choice_left_out(db);
	struct db *other;

	if (address == NULL)
		return;
	other = db_new_of_host(db->conf, address);
	db_share_nodes(other, db->conn->node_table, NULL);
	other->conn->tells_host = true;
	session_open(other);
	db_free(other);
}

void db_return_to_preferred(struct db *db, bool may_try)
{
	if (!node_choice_is_time(db))
		return;
	if (node_choice_may_return(db, may_try)) {
		conn_close(db->conn);
		if (session_open(db) != 0)
			db_error_report(&db->error);
	} else if (may_try)
		db_try_left_out(db);
	db_end_request(db);
}

struct pong {
	int32_t one;
};

static const struct stmt ping = {
	.text = "SELECT 1",
	.columns = COLUMNS(COLUMN(struct pong, one, INT32)),
};

enum err db_ping(struct db *db)
{
	struct pong pong;

	return stmt_need(db, &ping, NULL, &pong, ERR_INTERNAL);
}

/* If the host is left, another one is looked for. */
static int db_check_hosts(struct db *db)
{
	if (session_open(db) != 0)
		return -1;
	if (node_choice_check_again(db) == 0)
		return 0;
	return session_open(db);
}

enum err db_check_host(struct db *db)
{
	const int64_t begun_us = clock_monotonic_us();
	int status;

	if (conn_node_is_given_up(db))
		return db_error_err(&db->error);
	status = db_check_hosts(db);
	conn_note_wait(db, begun_us);
	if (status == 0 && node_lacks_schema((enum node_state)db->conn->node->state))
		status = conn_refuse(db, "(schema)", db_host_state(db));
	return status == 0 ? ERR_NONE : db_error_report(&db->error);
}

const char *db_host(const struct db *db)
{
	return db->conn->node == NULL ? NULL : db->conn->node->name;
}

const char *db_host_state(const struct db *db)
{
	const struct node *node = db->conn->node;

	return node == NULL ? NULL : node_state_name((enum node_state)node->state);
}
