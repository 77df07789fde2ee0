#include <stdatomic.h>
#include <stdio.h>

#include "node.h"
#include "str.h"

struct node *node_find(struct node_table *table, const char *name)
{
	uint64_t key = str_hash(STR_HASH_BEGIN, name) | 1;

	for (size_t i = 0; i < NODE_N; i++) {
		struct node *node = &table->nodes[(key / 2 + i) % NODE_N];
		uint64_t there = 0;

		if (!atomic_compare_exchange_strong(&node->key, &there, key) && there != key)
			continue;
		/* Two workers that come at the same moment write the same. */
		if (!atomic_load(&node->is_named)) {
			snprintf(node->name, sizeof(node->name), "%s", name);
			atomic_store(&node->is_named, true);
		}
		return node;
	}
	return NULL;
}

const char *node_state_name(enum node_state state)
{
	static const char *const names[NODE_N_STATES] = {
		[NODE_UNKNOWN] = "unknown",
		[NODE_READY] = "ready",
		[NODE_DONOR] = "donor",
		[NODE_READ_ONLY] = "read_only",
		[NODE_CLOCK] = "clock_off",
		[NODE_NOT_SYNCED] = "not_synced",
		[NODE_NOT_PRIMARY] = "not_primary",
		[NODE_REFUSES] = "refuses",
		[NODE_HANGS] = "hangs",
	};

	return names[state];
}

enum node_state node_judge(const struct node_report *report)
{
	if (report->is_cluster && !report->is_primary)
		return NODE_NOT_PRIMARY;
	if (report->is_cluster && (!report->is_ready || (!report->is_synced && !report->is_donor)))
		return NODE_NOT_SYNCED;
	if (report->ahead_us > NODE_CLOCK_MAX_US || report->ahead_us < -NODE_CLOCK_MAX_US)
		return NODE_CLOCK;
	if (report->is_read_only)
		return NODE_READ_ONLY;
	return report->is_cluster && report->is_donor ? NODE_DONOR : NODE_READY;
}

/* The first time-outs that block a node are followed by a try at once. */
static void node_note_hang(struct node *node, int64_t now_us)
{
	int64_t before_us = atomic_exchange(&node->hung_us, now_us);

	if (atomic_load(&node->is_blocked))
		atomic_store(&node->try_us, now_us + NODE_PAUSE_US);
	else if (before_us != 0 && now_us - before_us < NODE_OUT_US)
		atomic_store(&node->is_blocked, true);
}

static void node_unblock(struct node *node)
{
	atomic_store(&node->hung_us, 0);
	atomic_store(&node->try_us, 0);
	atomic_store(&node->is_blocked, false);
}

bool node_note(struct node *node, enum node_state state, int64_t now_us)
{
	if (state == NODE_HANGS)
		node_note_hang(node, now_us);
	else
		node_unblock(node);
	atomic_store(&node->out_us, state == NODE_READY ? 0 : now_us);
	return atomic_exchange(&node->state, (int32_t)state) != (int32_t)state;
}

bool node_is_out(const struct node *node)
{
	return atomic_load(&node->out_us) != 0;
}

/* Of the workers that come after the pause one gets the node, to try it. */
static bool node_may_be_tried(struct node *node, int64_t now_us)
{
	int64_t out_us = atomic_load(&node->out_us);

	if (out_us == 0)
		return true;
	return now_us >= out_us + NODE_OUT_US &&
		atomic_compare_exchange_strong(&node->out_us, &out_us, now_us);
}

bool node_is_blocked(const struct node *node)
{
	return atomic_load(&node->is_blocked);
}

bool node_block_is_due(struct node *node, int64_t now_us)
{
	int64_t told_us = atomic_load(&node->told_us);

	return (told_us == 0 || now_us >= told_us + CLOCK_SECOND_US) &&
		atomic_compare_exchange_strong(&node->told_us, &told_us, now_us);
}

/* Of the workers that need a blocked node one gets it. */
static bool node_block_may_be_tried(struct node *node, int64_t now_us)
{
	int64_t try_us = atomic_load(&node->try_us);

	return now_us >= try_us &&
		atomic_compare_exchange_strong(&node->try_us, &try_us, now_us + NODE_TRY_US);
}

static bool node_serves(enum node_state state)
{
	return state <= NODE_CLOCK;
}

static bool node_search_tried(const struct node_search *search, size_t i)
{
	return (search->tried >> i & 1) != 0;
}

static size_t node_search_well(
	const struct node_search *search, const struct nodes *nodes, int64_t now_us)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (!node_search_tried(search, i) && node_may_be_tried(nodes->nodes[i], now_us))
			return i;
	return nodes->n;
}

/* Of those that nobody tries just now. */
static size_t node_search_best(
	const struct node_search *search, const struct nodes *nodes, int64_t now_us)
{
	size_t best = nodes->n;

	for (size_t i = 0; i < nodes->n; i++)
		if (!node_search_tried(search, i) &&
			(best == nodes->n ||
				atomic_load(&nodes->nodes[i]->state) <
					atomic_load(&nodes->nodes[best]->state)))
			best = i;
	if (best < nodes->n && node_is_blocked(nodes->nodes[best]) &&
		!node_block_may_be_tried(nodes->nodes[best], now_us))
		return nodes->n;
	return best;
}

/* From now on a node is taken that was tried and left out, but still serves. */
static void node_search_resort(struct node_search *search, const struct nodes *nodes)
{
	search->is_last_resort = true;
	for (size_t i = 0; i < nodes->n; i++)
		if (node_serves((enum node_state)atomic_load(&nodes->nodes[i]->state)))
			search->tried &= ~(UINT32_C(1) << i);
}

size_t node_search_next(struct node_search *search, const struct nodes *nodes, int64_t now_us)
{
	size_t i = nodes->n;

	if (!search->is_last_resort) {
		i = node_search_well(search, nodes, now_us);
		if (i == nodes->n)
			node_search_resort(search, nodes);
	}
	if (search->is_last_resort)
		i = node_search_best(search, nodes, now_us);
	if (i < nodes->n)
		search->tried |= UINT32_C(1) << i;
	return i;
}

bool node_search_takes(const struct node_search *search, enum node_state state)
{
	return state == NODE_READY || (search->is_last_resort && node_serves(state));
}

bool nodes_have_better(const struct nodes *nodes, size_t n, bool may_try, int64_t now_us)
{
	for (size_t i = 0; i < n; i++) {
		int64_t out_us = atomic_load(&nodes->nodes[i]->out_us);

		if (out_us == 0 || (may_try && now_us >= out_us + NODE_OUT_US))
			return true;
	}
	return false;
}
