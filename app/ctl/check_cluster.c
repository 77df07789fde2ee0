#include <inttypes.h>
#include <string.h>

#include "check.h"
#include "conf.h"
#include "server.h"

/* The only mode that a cluster with several masters can use. */
#define ID_LOCK_INTERLEAVED 2
/* As in conf/galera/galera.cnf: if they are shorter, nodes are suspected that are only slow. */
#define SUSPECT_S 1.5
#define INACTIVE_S 4
/* A node that is mended within an hour is not to copy all data. */
#define GCACHE_LEAST_S 3600
#define GCACHE_WANTED_S (4 * GCACHE_LEAST_S)
#define GIB (1024 * 1024 * 1024)

static void check_id_steps(struct check *check, const struct server_cluster *cluster)
{
	const bool is_apart = cluster->is_steering_ids || cluster->id_step >= cluster->n_nodes;

	if (!is_apart || cluster->id_lock_mode != ID_LOCK_INTERLEAVED)
		check_report(check, CHECK_FAIL,
			"cluster: two nodes may give out one id; set "
			"wsrep_auto_increment_control = ON, innodb_autoinc_lock_mode = 2");
}

static void check_sync_wait(struct check *check, const struct server_cluster *cluster)
{
	if (cluster->sync_wait != 0)
		check_report(check, CHECK_WARN,
			"cluster: wsrep_sync_wait is %" PRId64 ", so that all reads wait; 0 is "
			"enough, since wxuser waits where it must",
			cluster->sync_wait);
}

/* A request waits read_timeout_s for an answer; if not all nodes agree who is silent, it is for the
 * next request to get one. */
static void check_suspicion(struct check *check, const struct server_cluster *cluster)
{
	const long wait_s = check->conf->database_read_timeout_s;
	const double limit_s = wait_s > SUSPECT_S ? (double)wait_s : SUSPECT_S;

	if (cluster->suspect_timeout_s > limit_s || cluster->inactive_timeout_s > 2 * limit_s)
		check_report(check, CHECK_WARN,
			"cluster: evs.suspect_timeout is %g s, evs.inactive_timeout %g s; so long "
			"writes wait when a node dies, and fail after [database] read_timeout_s, "
			"%ld s; if all nodes are on one site, set in wsrep_provider_options: "
			"evs.suspect_timeout=PT%gS; evs.inactive_timeout=PT%dS",
			cluster->suspect_timeout_s, cluster->inactive_timeout_s, wait_s, SUSPECT_S,
			INACTIVE_S);
}

static void check_sst(struct check *check, const struct server_cluster *cluster)
{
	if (strcmp(cluster->sst_method, "mariabackup") != 0)
		check_report(check, CHECK_WARN,
			"cluster: wsrep_sst_method is %s, which locks the node that a new one "
			"copies all data from; set wsrep_sst_method = mariabackup, and the other "
			"lines of galera.cnf about it",
			cluster->sst_method);
}

static void check_gcache(struct check *check, const struct server_cluster *cluster)
{
	if (cluster->gcache_size > 0 && cluster->gcache_s < GCACHE_LEAST_S)
		check_report(check, CHECK_WARN,
			"cluster: gcache.size holds what is written in %" PRId64
			" min; a node that is away for longer copies all data; set in "
			"wsrep_provider_options: gcache.size=%" PRId64 "G",
			cluster->gcache_s / 60,
			cluster->gcache_size / (cluster->gcache_s + 1) * GCACHE_WANTED_S / GIB + 1);
}

/* Galera does not see that a row refers to another one by a key that is unique, but not primary. */
static void check_appliers(struct check *check, const struct server_cluster *cluster)
{
	if (cluster->n_appliers > 1)
		check_report(check, CHECK_FAIL,
			"cluster: wsrep_slave_threads is %" PRId64
			"; one of them may insert a row before another one the row that it refers "
			"to, and the node leaves the cluster; set wsrep_slave_threads = 1",
			cluster->n_appliers);
}

void check_cluster(struct check *check, const struct server_cluster *cluster)
{
	check_id_steps(check, cluster);
	check_appliers(check, cluster);
	check_sync_wait(check, cluster);
	check_suspicion(check, cluster);
	check_sst(check, cluster);
	check_gcache(check, cluster);
}

void check_cluster_size(struct check *check, int64_t n_nodes)
{
	const int64_t n_listed = (int64_t)check->n_nodes;
	const int64_t n = n_nodes > n_listed ? n_nodes : n_listed;

	if (n_nodes < n_listed)
		check_report(check, CHECK_WARN,
			"cluster: it has %" PRId64 " of the %" PRId64
			" nodes in [database] host; start the rest",
			n_nodes, n_listed);
	if (n % 2 == 0)
		check_report(check, CHECK_WARN,
			"cluster: of %" PRId64 " nodes no more may fail than of %" PRId64
			"; add a node, or an arbitrator (garbd)",
			n, n - 1);
	else if (n_nodes >= n_listed)
		check_report(check, CHECK_OK, "cluster: %" PRId64 " nodes", n_nodes);
}
