#include <string.h>

#include "arena.h"
#include "check.h"
#include "check_visits.h"
#include "conf.h"
#include "ctl.h"
#include "db.h"

/* Of a host that has not told all. */
static enum node_state state_of(struct node_table *nodes, const char *name)
{
	const enum node_state state = (enum node_state)node_find(nodes, name, 0)->state;

	return node_serves(state) ? NODE_REFUSES : state;
}

static void visit(struct check *check, struct visits *visits, size_t i)
{
	const struct server_address *address = &visits->addresses[i];
	struct server *server = &visits->servers[i];
	struct db *db = db_new_of_host(check->conf, address);

	db_share_nodes(db, check->nodes, NULL);
	db_set_arena(db, check->ctl->arena);
	if (server_read(db, server) == ERR_NONE)
		visits->states[i] = node_judge(&server->report);
	else {
		*server = (struct server){0};
		visits->problems[i] = db_err_text(db);
		visits->remedies[i] = db_err_remedy(db);
		visits->states[i] = state_of(check->nodes, address->name);
	}
	db_free(db);
}

bool check_nodes(struct check *check)
{
	struct visits *visits = arena_new_of(check->ctl->arena, struct visits);

	memset(visits, 0, sizeof(*visits));
	visits->n = check->n_nodes =
		server_address_list(check->ctl->arena, check->conf, visits->addresses, NODES_MAX);
	if (visits->n == 1)
		return true;
	check->nodes = &visits->nodes;
	for (size_t i = 0; i < visits->n; i++)
		visit(check, visits, i);
	return check_visits(check, visits);
}

void check_only_node(struct check *check)
{
	struct server server;

	if (check->n_nodes > 1)
		return;
	if (server_read(check->service, &server) != ERR_NONE) {
		check_report(check, CHECK_FAIL, "server: cannot be read (see above)");
		return;
	}
	if (check->n_hosts == 0)
		check->n_hosts = server_count_clients(&server, 1);
	check_server(check, &server);
	if (!server.report.is_cluster)
		return;
	check_cluster_size(check, server.cluster.n_nodes);
	check_report(check, CHECK_OK,
		"cluster: this is %s, to which [database] host leads now; to check each node, name "
		"them all there",
		server.cluster.node_name);
}
