#include <stdatomic.h>
#include <stdio.h>

#include "node.h"
#include "str.h"

#define LEAVING UINT32_MAX /* in place of a generation: the node is being forgotten */

/* Workers of an earlier configuration go on for a while beside newer ones. Returns whether the node
 * stays. */
static bool node_note_generation(struct node *node, uint32_t generation)
{
	uint32_t before = atomic_load(&node->generation);

	while (before < generation &&
		!atomic_compare_exchange_weak(&node->generation, &before, generation))
		;
	return before != LEAVING;
}

/* Returns the place that has the key; NULL: none. */
static struct node *node_find_key(struct node_table *table, uint64_t key)
{
	for (size_t i = 0; i < NODE_N; i++)
		if (atomic_load(&table->nodes[i].key) == key)
			return &table->nodes[i];
	return NULL;
}

/* Of workers that come at the same moment with the same name, all get the same place. */
static struct node *node_take_place(struct node_table *table, uint64_t key)
{
	for (size_t i = 0; i < NODE_N; i++) {
		struct node *node = &table->nodes[(key / 2 + i) % NODE_N];
		uint64_t there = 0;

		if (atomic_compare_exchange_strong(&node->key, &there, key) || there == key)
			return node;
	}
	return NULL;
}

struct node *node_find(struct node_table *table, const char *name, uint32_t generation)
{
	const uint64_t key = str_hash(STR_HASH_BEGIN, name) | 1;
	struct node *node = node_find_key(table, key);

	if (node == NULL)
		node = node_take_place(table, key);
	/* It may have been forgotten, and be another's, until the generation was noted. */
	if (node == NULL || !node_note_generation(node, generation) ||
		atomic_load(&node->key) != key)
		return NULL;
	/* Two workers that come at the same moment write the same. */
	if (!atomic_load(&node->is_named)) {
		snprintf(node->name, sizeof(node->name), "%s", name);
		atomic_store(&node->is_named, true);
	}
	return node;
}

const struct node *node_next_listed(const struct node_table *table, size_t *at)
{
	uint32_t newest = 0;

	for (size_t i = 0; i < NODE_N; i++) {
		const uint32_t generation = atomic_load(&table->nodes[i].generation);

		if (generation != LEAVING && generation > newest)
			newest = generation;
	}
	while (*at < NODE_N) {
		const struct node *node = &table->nodes[(*at)++];

		if (atomic_load(&node->is_named) && atomic_load(&node->generation) == newest)
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
		[NODE_WRITES_HANG] = "writes_hang",
		[NODE_OLD_SCHEMA] = "old_schema",
		[NODE_NO_TABLES] = "no_tables",
		[NODE_OTHER_CLUSTER] = "other_cluster",
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
	if (report->has_no_tables)
		return NODE_NO_TABLES;
	if (report->has_old_schema)
		return NODE_OLD_SCHEMA;
	if (report->is_other_cluster)
		return NODE_OTHER_CLUSTER;
	if (report->writes_hang)
		return NODE_WRITES_HANG;
	if (report->ahead_us > NODE_CLOCK_MAX_US || report->ahead_us < -NODE_CLOCK_MAX_US)
		return NODE_CLOCK;
	if (report->is_read_only)
		return NODE_READ_ONLY;
	return report->is_cluster && report->is_donor ? NODE_DONOR : NODE_READY;
}

static bool node_block_hung(const struct node_block *block, int64_t now_us)
{
	const int64_t hung_us = atomic_load(&block->hung_us);

	return hung_us != 0 && now_us - hung_us < NODE_OUT_US;
}

/* The time-outs that turn it on are followed by a try at once. */
static void node_block_count(struct node_block *block, int64_t now_us)
{
	const bool hung_before = node_block_hung(block, now_us);

	atomic_store(&block->hung_us, now_us);
	if (atomic_load(&block->is_on))
		atomic_store(&block->try_us, now_us + NODE_PAUSE_US);
	else if (hung_before)
		atomic_store(&block->is_on, true);
}

static void node_block_end(struct node_block *block)
{
	atomic_store(&block->hung_us, 0);
	atomic_store(&block->try_us, 0);
	atomic_store(&block->is_on, false);
}

/* The key goes before the generation, so that who takes the place meanwhile finds it leaving. */
static void node_clear(struct node *node)
{
	atomic_store(&node->is_named, false);
	atomic_store(&node->state, NODE_UNKNOWN);
	atomic_store(&node->out_us, 0);
	node_block_end(&node->all);
	node_block_end(&node->writes);
	atomic_store(&node->written_us, 0);
	atomic_store(&node->told_us, 0);
	atomic_store(&node->ahead_us, 0);
	atomic_store(&node->n_connections, 0);
	atomic_store(&node->cluster, 0);
	atomic_store(&node->key, 0);
	atomic_store(&node->generation, 0);
}

void node_table_forget(struct node_table *table, uint32_t oldest)
{
	for (size_t i = 0; i < NODE_N; i++) {
		struct node *node = &table->nodes[i];
		uint32_t generation = atomic_load(&node->generation);

		/* One of generation 0 is vacant, or somebody is about to list it. */
		if (generation != 0 && generation < oldest &&
			atomic_compare_exchange_strong(&node->generation, &generation, LEAVING))
			node_clear(node);
	}
}

static bool node_set_state(struct node *node, enum node_state state, int64_t now_us)
{
	atomic_store(&node->out_us, state == NODE_READY ? 0 : now_us);
	return atomic_exchange(&node->state, (int32_t)state) != (int32_t)state;
}

bool node_note(struct node *node, enum node_state state, int64_t now_us)
{
	node_block_end(&node->all);
	if (state == NODE_READY)
		node_block_end(&node->writes);
	return node_set_state(node, state, now_us);
}

bool node_note_timeout(struct node *node, bool is_of_write, int64_t now_us)
{
	node_block_count(is_of_write ? &node->writes : &node->all, now_us);
	return node_set_state(node, is_of_write ? NODE_WRITES_HANG : NODE_HANGS, now_us);
}

bool node_note_stalled_write(struct node *node, int64_t begun_us, int64_t now_us)
{
	if (atomic_load(&node->written_us) >= begun_us)
		return false;
	node_block_count(&node->writes, now_us);
	return atomic_load(&node->writes.is_on) && node_set_state(node, NODE_WRITES_HANG, now_us);
}

bool node_note_written(struct node *node, bool is_done, int64_t now_us)
{
	if (is_done)
		atomic_store(&node->written_us, now_us);
	if (atomic_load(&node->writes.hung_us) == 0 && !atomic_load(&node->writes.is_on))
		return false;
	if (!is_done) {
		atomic_store(&node->writes.try_us, 0);
		return false;
	}
	node_block_end(&node->writes);
	return atomic_load(&node->state) == NODE_WRITES_HANG && node_set_state(node, NODE_READY, 0);
}

bool node_writes_hang(const struct node *node, int64_t now_us)
{
	return node_block_hung(&node->writes, now_us);
}

bool node_is_out(const struct node *node)
{
	return atomic_load(&node->out_us) != 0;
}

/* Of the workers that come after the pause one gets the node, to try it. */
static bool node_may_be_tried(struct node *node, int64_t pause_us, int64_t now_us)
{
	int64_t out_us = atomic_load(&node->out_us);

	if (out_us == 0)
		return true;
	return now_us >= out_us + pause_us &&
		atomic_compare_exchange_strong(&node->out_us, &out_us, now_us);
}

bool node_is_due(struct node *node, int64_t now_us)
{
	return node_is_out(node) && node_may_be_tried(node, NODE_OUT_US, now_us);
}

bool node_is_blocked(const struct node *node)
{
	return atomic_load(&node->all.is_on);
}

bool node_block_is_due(struct node *node, int64_t now_us)
{
	int64_t told_us = atomic_load(&node->told_us);

	return (told_us == 0 || now_us >= told_us + CLOCK_SECOND_US) &&
		atomic_compare_exchange_strong(&node->told_us, &told_us, now_us);
}

/* Of the workers that need what is blocked one gets it. */
static bool node_block_may_be_tried(struct node_block *block, int64_t now_us)
{
	int64_t try_us = atomic_load(&block->try_us);

	return !atomic_load(&block->is_on) ||
		(now_us >= try_us &&
			atomic_compare_exchange_strong(
				&block->try_us, &try_us, now_us + NODE_TRY_US));
}

bool node_may_write(struct node *node, int64_t now_us)
{
	return node_block_may_be_tried(&node->writes, now_us);
}

bool node_serves(enum node_state state)
{
	return state <= NODE_WRITES_HANG;
}

bool node_lacks_schema(enum node_state state)
{
	return state == NODE_OLD_SCHEMA || state == NODE_NO_TABLES;
}

static bool node_search_tried(const struct node_search *search, size_t i)
{
	return (search->tried >> i & 1) != 0;
}

static size_t node_search_well(
	const struct node_search *search, const struct nodes *nodes, int64_t now_us)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (!node_search_tried(search, i) &&
			node_may_be_tried(nodes->nodes[i], NODE_OUT_US, now_us))
			return i;
	return nodes->n;
}

/* Where reads go on without it, a node that hung is not waited for again and again. */
static bool node_search_spares(
	const struct node_search *search, const struct node *node, int64_t now_us)
{
	return search->needs_writes && atomic_load(&node->state) == NODE_HANGS &&
		now_us < atomic_load(&node->out_us) + NODE_WRITER_PAUSE_US;
}

/* Of those that nobody tries just now. */
static size_t node_search_best(
	const struct node_search *search, const struct nodes *nodes, int64_t now_us)
{
	size_t best = nodes->n;

	for (size_t i = 0; i < nodes->n; i++)
		if (!node_search_tried(search, i) &&
			!node_search_spares(search, nodes->nodes[i], now_us) &&
			(best == nodes->n ||
				atomic_load(&nodes->nodes[i]->state) <
					atomic_load(&nodes->nodes[best]->state)))
			best = i;
	if (best < nodes->n && !node_block_may_be_tried(&nodes->nodes[best]->all, now_us))
		return nodes->n;
	return best;
}

struct node_search node_search_begin(const struct nodes *nodes)
{
	const bool is_only = nodes->n == 1;

	return (struct node_search){.is_last_resort = is_only, .takes_any_schema = is_only};
}

bool nodes_lack_schema(const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (!node_lacks_schema((enum node_state)atomic_load(&nodes->nodes[i]->state)))
			return false;
	return true;
}

/* From now on a node is taken that was tried and left out, but still serves. */
static void node_search_resort(struct node_search *search, const struct nodes *nodes)
{
	search->is_last_resort = true;
	search->takes_any_schema = search->creates_tables && nodes_lack_schema(nodes);
	for (size_t i = 0; i < nodes->n; i++)
		if (node_search_takes(
			    search, (enum node_state)atomic_load(&nodes->nodes[i]->state)))
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
	const bool serves = node_serves(state) &&
		!(search->needs_writes && (state == NODE_READ_ONLY || state == NODE_WRITES_HANG));

	return state == NODE_READY || (search->is_last_resort && serves) ||
		(search->takes_any_schema && node_lacks_schema(state));
}

bool nodes_have_serving(const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->n; i++) {
		const int32_t state = atomic_load(&nodes->nodes[i]->state);

		if (state != NODE_UNKNOWN && state < NODE_WRITES_HANG)
			return true;
	}
	return false;
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
