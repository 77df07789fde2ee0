#include <inttypes.h>
#include <string.h>

#include "check.h"
#include "check_visits.h"

#define AWAY_MAX_H 24 /* more is not worth a forecast */

static bool serves(const struct visits *visits, size_t i)
{
	return node_serves(visits->states[i]);
}

/* Whether it has told, and has the tables. */
static bool has_schema(const struct visits *visits, size_t i)
{
	return visits->problems[i] == NULL && !node_lacks_schema(visits->states[i]);
}

static bool takes_writes(const struct visits *visits, size_t i)
{
	return visits->states[i] == NODE_READY || visits->states[i] == NODE_DONOR;
}

/* Returns the first host of that kind; visits->n: there is none. */
static size_t first_that(
	const struct visits *visits, bool (*is_so)(const struct visits *visits, size_t i))
{
	size_t i = 0;

	while (i < visits->n && !is_so(visits, i))
		i++;
	return i;
}

/* ---- Each host. */

#define LACKING                                                                                 \
	"; a replica has them when it has caught up, see SHOW REPLICA STATUS on it; take another " \
	"database out of [database] host"

/* What to do about a host that is left out; check_clock() says it where the clock is the reason. */
static const char *const remedies[NODE_N_STATES] = {
	[NODE_DONOR] = "it sends its data to another node, or a backup or a schema change holds "
		       "it; it is used if no other is ready; wait until that has ended",
	[NODE_READ_ONLY] = "it is used for reads, and only if no other is ready; unless it is a "
			   "replica, set read_only = OFF",
	[NODE_OLD_SCHEMA] =
		"its tables are those of an earlier release, and it is left out" LACKING,
	[NODE_NO_TABLES] = "it has no tables of wxuser, and is left out" LACKING,
	[NODE_NOT_SYNCED] = "it catches up with its cluster; see wsrep_local_state_comment, and "
			    "MariaDB's log on it",
	[NODE_NOT_PRIMARY] = "it does not reach most nodes of its cluster, and is back as soon as "
			     "it does; do not bootstrap it while another node serves",
	[NODE_REFUSES] = "see on it: systemctl status mariadb; where that runs, see [database]",
	[NODE_OTHER_CLUSTER] = "it is not of the cluster in use, and is left out",
	[NODE_HANGS] = "see on it: systemctl status mariadb",
};

/* If none has the tables, each may be the one to migrate, unless a host has not told. */
static const char *remedy_of(const struct visits *visits, size_t i)
{
	const enum node_state state = visits->states[i];

	if (state == NODE_DONOR && visits->servers[i].cluster.is_desynced)
		return "wsrep_desync is ON, so that it may lag behind; it is used if no other is "
		       "ready; when what it was set for has ended, run on it in SQL: SET GLOBAL "
		       "wsrep_desync = OFF";
	if (node_lacks_schema(state) && first_that(visits, has_schema) == visits->n)
		return "no other host has told of newer tables; when all answer, and none has "
		       "them, run: wxuserctl migrate";
	if (state == NODE_REFUSES && visits->remedies[i] != NULL)
		return visits->remedies[i];
	return remedies[state];
}

static void report_ready(struct check *check, const char *name, const struct server *server)
{
	const double ahead_s = check_clock_ahead_s(server);
	const int64_t away_h = server->cluster.gcache_s / 3600;

	if (server->report.is_cluster)
		check_report(check, CHECK_OK,
			"database %s: %s, %s, Synced, clock %+.1f s; it may be away for %" PRId64
			" h%s",
			name, server->cluster.node_name, server->version, ahead_s,
			away_h < AWAY_MAX_H ? away_h : AWAY_MAX_H,
			away_h < AWAY_MAX_H ? "" : " or more");
	else
		check_report(check, CHECK_OK, "database %s: %s, clock %+.1f s", name,
			server->version, ahead_s);
}

static void report_state(struct check *check, const struct visits *visits, size_t i)
{
	const enum node_state state = visits->states[i];
	const bool has_other = first_that(visits, takes_writes) < visits->n;
	const char *problem = visits->problems[i];
	const char *remedy = remedy_of(visits, i);

	if (remedy != NULL)
		check_report(check, has_other ? CHECK_WARN : CHECK_FAIL, "%s: %s%s%s",
			node_state_name(state), problem == NULL ? "" : problem,
			problem == NULL ? "" : "; ", remedy);
}

static void judge(struct check *check, const struct visits *visits, size_t i)
{
	const struct server *server = &visits->servers[i];

	if (visits->states[i] == NODE_READY)
		report_ready(check, visits->addresses[i].name, server);
	check->host = visits->addresses[i].name;
	report_state(check, visits, i);
	if (visits->problems[i] == NULL)
		check_server(check, server);
	check->host = NULL;
}

/* ---- All hosts together. */

/* Both have told. */
static bool is_same_server(const struct server *a, const struct server *b)
{
	if (a->report.is_cluster && b->report.is_cluster)
		return strcmp(a->cluster.node_uuid, b->cluster.node_uuid) == 0;
	return strcmp(a->name, b->name) == 0;
}

static bool is_same_cluster(const struct server *a, const struct server *b)
{
	return a->report.is_cluster && b->report.is_cluster &&
		strcmp(a->cluster.uuid, b->cluster.uuid) == 0;
}

/* Compares a host with one that is ready. A replica may follow it. */
static void compare_with_writer(
	struct check *check, const struct visits *visits, size_t i, size_t writer)
{
	const struct server *a = &visits->servers[writer], *b = &visits->servers[i];
	const char *name = visits->addresses[writer].name;

	check->host = visits->addresses[i].name;
	if (strcmp(name, check->host) == 0)
		check_report(check, CHECK_WARN,
			"it stands in [database] host twice; name each host once");
	else if (is_same_server(a, b))
		check_report(check, CHECK_WARN,
			"it is the server of %s, too; name each once in [database] host", name);
	else if (!is_same_cluster(a, b) && !b->report.is_read_only)
		check_report(check, CHECK_FAIL,
			"it takes writes, but is not of the cluster of %s: what one of them has "
			"the other lacks; take one out of [database] host",
			name);
	check->host = NULL;
}

/* Where a cluster does not give out offsets, each node needs one of its own. */
static void compare_id_steps(
	struct check *check, const struct visits *visits, size_t i, size_t other)
{
	const struct server *a = &visits->servers[i], *b = &visits->servers[other];

	if (is_same_cluster(a, b) && !is_same_server(a, b) && !a->cluster.is_steering_ids &&
		a->cluster.id_step == b->cluster.id_step &&
		a->cluster.id_offset == b->cluster.id_offset)
		check_report(check, CHECK_FAIL,
			"cluster: %s and %s give out the same ids; set "
			"wsrep_auto_increment_control = ON",
			visits->addresses[i].name, visits->addresses[other].name);
}

static bool is_listed_before(const struct visits *visits, size_t i)
{
	for (size_t other = 0; other < i; other++)
		if (visits->problems[other] == NULL &&
			is_same_server(&visits->servers[other], &visits->servers[i]))
			return true;
	return false;
}

/* Returns how many nodes of the writer's cluster are primary. */
static int64_t compare_nodes(struct check *check, const struct visits *visits, size_t writer)
{
	int64_t n_primary = 0;

	for (size_t i = 0; i < visits->n; i++) {
		if (!serves(visits, i) && !node_lacks_schema(visits->states[i]))
			continue;
		if (i != writer)
			compare_with_writer(check, visits, i, writer);
		if (is_same_cluster(&visits->servers[i], &visits->servers[writer]) &&
			!is_listed_before(visits, i))
			n_primary++;
		for (size_t other = 0; other < i; other++)
			compare_id_steps(check, visits, i, other);
	}
	return n_primary;
}

static void compare_all(struct check *check, const struct visits *visits)
{
	const size_t writer = first_that(visits, takes_writes);
	int64_t n_primary, n_reached;

	if (writer == visits->n)
		return;
	n_primary = compare_nodes(check, visits, writer);
	if (!visits->servers[writer].report.is_cluster)
		return;
	n_reached = visits->servers[writer].cluster.n_nodes;
	check_cluster_size(check, n_reached);
	if (n_primary > n_reached)
		check_report(check, CHECK_FAIL,
			"cluster: %" PRId64 " hosts are primary, and %s reaches %" PRId64
			"; unless this passes in a minute, two parts take writes for themselves: "
			"take those of one part out of [database] host, on all hosts",
			n_primary, visits->addresses[writer].name, n_reached);
}

bool check_visits(struct check *check, const struct visits *visits)
{
	if (check->n_hosts == 0)
		check->n_hosts = server_count_clients(visits->servers, visits->n);
	for (size_t i = 0; i < visits->n; i++)
		judge(check, visits, i);
	compare_all(check, visits);
	return first_that(visits, serves) < visits->n;
}
