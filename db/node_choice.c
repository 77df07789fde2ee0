#include <errmsg.h>
#include <errno.h>
#include <mysqld_error.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "conn_connect.h"
#include "conn_node.h"
#include "counters.h"
#include "crypto.h"
#include "log.h"
#include "node.h"
#include "node_choice.h"
#include "node_report.h"
#include "scoreboard.h"
#include "server_address.h"
#include "shortage.h"

#define RETURN_LEAST_US (30 * CLOCK_SECOND_US)
#define RETURN_SPREAD_US (60 * CLOCK_SECOND_US)

/* A node that is known to this process alone is compared with none. */
static bool node_choice_is_other(const struct conn *conn, const struct node_report *report)
{
	struct node_table *table = conn->node_table != NULL ? conn->node_table : conn->own_nodes;

	return node_report_tells_cluster(report) && !report->has_no_tables &&
		!report->has_old_schema &&
		node_is_of_other_cluster(
			table, conn->node, report->cluster, clock_monotonic_us());
}

/* Asks the node about itself, and notes what it says. */
static int node_choice_check(struct db *db, enum node_state *state_r)
{
	struct conn *conn = db->conn;
	struct node_report report;

	if (node_report_read(db, &report) != 0)
		return -1;
	atomic_store(&conn->node->ahead_us, report.ahead_us);
	report.is_other_cluster = node_choice_is_other(conn, &report);
	report.writes_hang = node_writes_hang(conn->node, clock_monotonic_us());
	report.has_old_schema &= !conn->creates_tables && !conn->has_other_tables;
	report.has_no_tables &= !conn->has_other_tables;
	*state_r = node_judge(&report);
	conn_node_note(db, *state_r);
	conn->is_last_resort = *state_r != NODE_READY;
	return 0;
}

/* Closes the connection because of the state of its host. Returns -1. Where all hosts lack the
 * schema, waiting helps nobody. */
static int node_choice_leave(struct db *db, enum node_state state)
{
	conn_close(db->conn);
	conn_fail(db, CR_CONN_HOST_ERROR, "(connect)",
		arena_printf(db->scratch, "%s: %s", db->conn->node->name, node_state_name(state)));
	if (nodes_lack_schema(&db->conn->nodes))
		db->error.kind = DB_ERROR_REFUSED;
	return -1;
}

static bool node_choice_takes(
	const struct conn *conn, const struct node_search *search, enum node_state state)
{
	return conn->only != NULL || node_search_takes(search, state);
}

/* A host's name is not found for want of a descriptor, either, and nothing else says so. */
static bool node_choice_has_descriptor(void)
{
	const int fd = dup(STDIN_FILENO);

	if (fd < 0)
		return !shortage_is_meant(errno);
	close(fd);
	return true;
}

/* Whether the host is to be noted for the error. One that is not ready is noted already. */
static bool node_choice_blames_host(unsigned code)
{
	if (code == CR_UNKNOWN_HOST)
		return node_choice_has_descriptor();
	return code != ER_UNKNOWN_COM_ERROR && code != CR_SOCKET_CREATE_ERROR &&
		code != CR_IPSOCK_ERROR;
}

static int node_choice_try(struct db *db, const struct server_address *address,
	const struct node_search *search, int (*set_up)(struct db *db))
{
	const int n_timeouts = db->n_timeouts;
	enum node_state state;

	if (conn_connect(db, address) == 0 && set_up(db) == 0 && node_choice_check(db, &state) == 0)
		return node_choice_takes(db->conn, search, state) ? 0
								  : node_choice_leave(db, state);
	if (db->n_timeouts == n_timeouts && node_choice_blames_host(db->error.code))
		conn_node_note(db, NODE_REFUSES);
	conn_close(db->conn);
	return -1;
}

static uint32_t node_choice_random(uint32_t limit)
{
	uint32_t chance;

	crypto_random(&chance, sizeof(chance));
	return chance % limit;
}

static void node_choice_shuffle(struct server_address *addresses, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t at = node_choice_random((uint32_t)i);
		struct server_address last = addresses[i - 1];

		addresses[i - 1] = addresses[at];
		addresses[at] = last;
	}
}

static struct node *node_choice_find(const struct conn *conn, const char *name)
{
	const uint32_t generation = conn->slot == NULL ? 0 : conn->slot->generation;
	struct node *node = NULL;

	if (conn->node_table != NULL)
		node = node_find(conn->node_table, name, generation);
	return node != NULL ? node : node_find(conn->own_nodes, name, 0);
}

static void node_choice_list(struct db *db, struct server_address *addresses_r)
{
	struct conn *conn = db->conn;
	struct nodes *nodes = &conn->nodes;

	nodes->n = 1;
	if (conn->only != NULL)
		addresses_r[0] = *conn->only;
	else
		nodes->n = server_address_list(db->scratch, db->conf, addresses_r, NODES_MAX);
	if (strcmp(db->conf->database_prefer, "random") == 0)
		node_choice_shuffle(addresses_r, nodes->n);
	for (size_t i = 0; i < nodes->n; i++)
		nodes->nodes[i] = node_choice_find(conn, addresses_r[i].name);
}

/* The slot shows it while the worker is connected. A node that is not in the table has no index. */
static void node_choice_show(const struct conn *conn)
{
	const struct node *nodes;

	if (conn->slot == NULL)
		return;
	nodes = conn->node_table->nodes;
	if (conn->node >= nodes && conn->node < nodes + NODE_N)
		atomic_store(&conn->slot->node, 1 + (uint32_t)(conn->node - nodes));
}

static void node_choice_plan_return(struct conn *conn)
{
	conn->return_us = clock_monotonic_us() + RETURN_LEAST_US +
		node_choice_random((uint32_t)RETURN_SPREAD_US);
}

static void node_choice_use(struct conn *conn, size_t at, const struct node *before)
{
	struct node *node = conn->node;

	atomic_fetch_add_explicit(&node->n_connections, 1, memory_order_relaxed);
	conn->node_at = at;
	node_choice_show(conn);
	node_choice_plan_return(conn);
	if (node == before || conn->nodes.n == 1)
		return;
	counter_add(COUNTER_DATABASE_FAILOVERS, before != NULL);
	log_event(LOG_LEVEL_INFO, "database connected");
	log_str("host", node->name);
	log_end();
}

/* What is needed of the node is blocked, and another worker tries it. */
static void node_choice_refuse(struct db *db, struct node *node, enum node_state state)
{
	db->error = (struct db_error){
		.kind = DB_ERROR_ABSENT,
		.code = CR_CONN_HOST_ERROR,
		.sql = "(connect)",
		.is_told = !node_block_is_due(node, clock_monotonic_us()),
	};
	snprintf(db->error.message, sizeof(db->error.message), "%s: %s", node->name,
		node_state_name(state));
}

bool node_choice_may_write(struct db *db)
{
	struct node *node = db->conn->node;

	if (node_may_write(node, clock_monotonic_us()))
		return true;
	node_choice_refuse(db, node, NODE_WRITES_HANG);
	return false;
}

int node_choice_connect(struct db *db, int (*set_up)(struct db *db), bool needs_writes)
{
	struct conn *conn = db->conn;
	struct nodes *nodes = &conn->nodes;
	struct node *before = conn->node;
	struct server_address addresses[NODES_MAX];
	struct node_search search;
	size_t i;

	db->error = (struct db_error){0};
	node_choice_list(db, addresses);
	search = node_search_begin(nodes);
	search.creates_tables = conn->creates_tables;
	search.needs_writes = needs_writes && nodes->n > 1;
	while (db->given_up == DB_ERROR_NONE &&
		(i = node_search_next(&search, nodes, clock_monotonic_us())) < nodes->n) {
		conn->node = nodes->nodes[i];
		if (node_choice_try(db, &addresses[i], &search, set_up) != 0)
			continue;
		node_choice_use(conn, i, before);
		return 0;
	}
	if (db->error.kind == DB_ERROR_NONE)
		node_choice_refuse(db, nodes->nodes[0],
			(enum node_state)atomic_load(&nodes->nodes[0]->state));
	conn_node_note_none(db);
	conn->node = before;
	return -1;
}

int node_choice_check_again(struct db *db)
{
	struct conn *conn = db->conn;
	struct node_search search = node_search_begin(&conn->nodes);
	enum node_state state;

	search.is_last_resort |= conn->is_last_resort;
	if (node_choice_check(db, &state) != 0) {
		conn_close(conn);
		return -1;
	}
	return node_search_takes(&search, state) ? 0 : node_choice_leave(db, state);
}

bool node_choice_is_bad(const struct db *db)
{
	const struct conn *conn = db->conn;

	if (node_is_blocked(conn->node))
		return true;
	if (conn->is_last_resort && nodes_have_better(&conn->nodes, conn->nodes.n, false, 0))
		return true;
	/* A host that refuses new connections may serve the ones that it has. */
	return conn->nodes.n > 1 && !conn->is_last_resort && node_is_out(conn->node) &&
		atomic_load(&conn->node->state) != NODE_REFUSES;
}

bool node_choice_is_time(struct db *db)
{
	struct conn *conn = db->conn;

	if (conn->mysql == NULL || conn->nodes.n == 1 || clock_monotonic_us() < conn->return_us)
		return false;
	node_choice_plan_return(conn);
	return true;
}

bool node_choice_may_return(const struct db *db, bool may_try)
{
	const struct conn *conn = db->conn;
	const size_t limit = conn->is_last_resort ? conn->nodes.n : conn->node_at;

	return nodes_have_better(&conn->nodes, limit, may_try, clock_monotonic_us());
}

/* Returns the address of a host of the list; NULL: it is not there. */
static const struct server_address *node_choice_address(struct db *db, const struct node *node)
{
	struct server_address *addresses = arena_array(db->arena, struct server_address, NODES_MAX);
	const size_t n = server_address_list(db->arena, db->conf, addresses, NODES_MAX);

	for (size_t i = 0; i < n; i++)
		if (node_choice_find(db->conn, addresses[i].name) == node)
			return &addresses[i];
	return NULL;
}

const struct server_address *node_choice_left_out(struct db *db)
{
	const struct nodes *nodes = &db->conn->nodes;

	for (size_t i = 0; i < nodes->n; i++)
		if (nodes->nodes[i] != db->conn->node &&
			node_is_due(nodes->nodes[i], clock_monotonic_us()))
			return node_choice_address(db, nodes->nodes[i]);
	return NULL;
}
