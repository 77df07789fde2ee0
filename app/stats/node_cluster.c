#include <stdatomic.h>

#include "node.h"

/* How many nodes of the cluster are known; none if it is none. */
static unsigned node_cluster_size(const struct node_table *table, uint64_t cluster)
{
	unsigned n = 0;

	if ((uint32_t)cluster == NODE_NO_CLUSTER)
		return 0;
	for (size_t i = 0; i < NODE_N; i++)
		n += atomic_load(&table->nodes[i].cluster) == cluster;
	return n;
}

static bool node_is_same_generation(uint64_t a, uint64_t b)
{
	return a >> 32 == b >> 32;
}

static bool node_has_better_cluster(const struct node_table *table, uint64_t cluster)
{
	const uint64_t in_use = atomic_load(&table->cluster);
	const unsigned n = node_cluster_size(table, cluster);

	for (size_t i = 0; i < NODE_N; i++) {
		const uint64_t other = atomic_load(&table->nodes[i].cluster);
		const unsigned n_other = node_cluster_size(table, other);

		if (other == 0 || other == cluster || !node_is_same_generation(other, cluster))
			continue;
		if (n_other > n || (n_other == n && other == in_use))
			return true;
	}
	return false;
}

/* Who is connected to one of the others goes. */
static void node_leave_other_clusters(struct node_table *table, uint64_t cluster, int64_t now_us)
{
	for (size_t i = 0; i < NODE_N; i++) {
		struct node *node = &table->nodes[i];
		const uint64_t other = atomic_load(&node->cluster);

		if (other != 0 && other != cluster && node_is_same_generation(other, cluster) &&
			node_serves((enum node_state)atomic_load(&node->state)))
			node_note(node, NODE_OTHER_CLUSTER, now_us);
	}
}

bool node_is_of_other_cluster(
	struct node_table *table, struct node *node, uint32_t cluster, int64_t now_us)
{
	const uint64_t known = (uint64_t)atomic_load(&node->generation) << 32 | cluster;

	if (node < table->nodes || node >= table->nodes + NODE_N)
		return false;
	atomic_store(&node->cluster, known);
	if (node_has_better_cluster(table, known))
		return true;
	if (atomic_exchange(&table->cluster, known) != known)
		node_leave_other_clusters(table, known, now_us);
	return false;
}
