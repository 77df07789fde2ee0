#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "ctl.h"
#include "server.h"

#define MAJOR_LEAST 10
#define MINOR_LEAST 5
#define SKEW_LIMIT_US (2 * CLOCK_SECOND_US)
/* What both InnoDB and a cluster that has several masters can live with. */
#define ID_LOCK_INTERLEAVED 2

static bool is_new_enough(const char *version)
{
	char *rest;
	long major = strtol(version, &rest, 10);
	long minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;

	return major > MAJOR_LEAST || (major == MAJOR_LEAST && minor >= MINOR_LEAST);
}

static void check_version(struct check *check, const struct server *server)
{
	if (strstr(server->version, "MariaDB") == NULL || !is_new_enough(server->version))
		check_say(check, FAIL, "server: %s; wxuser needs MariaDB %d.%d or newer",
			server->version, MAJOR_LEAST, MINOR_LEAST);
	else if (server->is_read_only)
		check_say(check, FAIL,
			"server: %s is read-only; name the one that takes writes in [database] "
			"host",
			server->version);
	else
		check_say(check, OK, "server: %s", server->version);
}

static void check_clock(struct check *check, const struct server *server)
{
	double ahead_s = (double)server->clock_ahead_us / CLOCK_SECOND_US;

	if (llabs(server->clock_ahead_us) > SKEW_LIMIT_US)
		check_say(check, WARN,
			"clock: the database's is %+.1f s from this host's; keep both by NTP",
			ahead_s);
	else
		check_say(check, OK, "clock: the database's is %+.1f s from this host's", ahead_s);
}

static void check_node(struct check *check, const struct server_cluster *cluster)
{
	if (!cluster->is_ready || !cluster->is_primary)
		check_say(check, FAIL,
			"cluster: this node is %s; see wsrep_cluster_status, or name another in "
			"[database] host",
			cluster->is_ready ? "not of the primary part" : "not ready");
	else if (!cluster->is_steering_ids || cluster->id_lock_mode != ID_LOCK_INTERLEAVED)
		check_say(check, FAIL,
			"cluster: two nodes may give out one id; set "
			"wsrep_auto_increment_control = ON, innodb_autoinc_lock_mode = 2");
	else if (cluster->sync_wait != 0)
		check_say(check, WARN,
			"cluster: wsrep_sync_wait is %" PRId64 ", so that all reads wait; 0 is "
			"enough, since wxuser waits where it must",
			cluster->sync_wait);
	else
		check_say(check, OK, "cluster: %" PRId64 " nodes", cluster->n_nodes);
}

void check_server(struct check *check, const struct server *server)
{
	struct server_cluster cluster;

	check_version(check, server);
	check_clock(check, server);
	if (server_look_at_cluster(check->ctl->db, &cluster) != ERR_NONE)
		check_say(check, FAIL, "cluster: cannot be looked at (see above)");
	else if (cluster.is_on)
		check_node(check, &cluster);
}
