#include <inttypes.h>

#include "check.h"
#include "ctl.h"
#include "server.h"

/* What a cluster with several masters can live with. */
#define ID_LOCK_INTERLEAVED 2

static void check_node(struct check *check, const struct server_cluster *cluster)
{
	if (!cluster->is_ready || !cluster->is_primary)
		check_say(check, CHECK_FAIL,
			"cluster: this node is %s; see wsrep_cluster_status, or name another in "
			"[database] host",
			cluster->is_ready ? "not of the primary part" : "not ready");
	else if (!cluster->is_steering_ids || cluster->id_lock_mode != ID_LOCK_INTERLEAVED)
		check_say(check, CHECK_FAIL,
			"cluster: two nodes may give out one id; set "
			"wsrep_auto_increment_control = ON, innodb_autoinc_lock_mode = 2");
	else if (cluster->sync_wait != 0)
		check_say(check, CHECK_WARN,
			"cluster: wsrep_sync_wait is %" PRId64 ", so that all reads wait; 0 is "
			"enough, since wxuser waits where it must",
			cluster->sync_wait);
	else
		check_say(check, CHECK_OK, "cluster: %" PRId64 " nodes", cluster->n_nodes);
}

void check_cluster(struct check *check)
{
	struct server_cluster cluster;

	if (server_look_at_cluster(check->ctl->db, &cluster) != ERR_NONE)
		check_say(check, CHECK_FAIL, "cluster: cannot be looked at (see above)");
	else if (cluster.is_on)
		check_node(check, &cluster);
}
