#include "unit.h"

#include "arena.h"
#include "conf.h"
#include "node.h"
#include "scoreboard.h"
#include "server_address.h"

#define SECOND_US 1000000

static int64_t now_us;
static struct scoreboard *board;
static struct nodes nodes;

static int set_up(void **state)
{
	static const char *const names[] = {"a:3306", "b:3306", "c:3306"};

	(void)state;
	now_us = INT64_C(1000) * SECOND_US;
	board = scoreboard_new(1, 1, NULL, 0);
	nodes.n = 3;
	for (size_t i = 0; i < nodes.n; i++)
		nodes.nodes[i] = node_find(board->nodes, names[i], 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scoreboard_free(board);
	return 0;
}

static void note(size_t i, enum node_state state)
{
	node_note(nodes.nodes[i], state, now_us);
}

/* What a process finds that connects while each node is in the state given: the node that it takes,
 * nodes.n for none. */
static size_t connect_where(const enum node_state states[3], bool creates_tables)
{
	struct node_search search = node_search_begin(&nodes);
	size_t i;

	search.creates_tables = creates_tables;
	while ((i = node_search_next(&search, &nodes, now_us)) < nodes.n) {
		note(i, states[i]);
		if (node_search_takes(&search, states[i]))
			break;
	}
	return i;
}

#define STATES(a, b, c) ((const enum node_state[]){NODE_##a, NODE_##b, NODE_##c})
#define CONNECT(a, b, c) connect_where(STATES(a, b, c), false)
#define CREATE(a, b, c) connect_where(STATES(a, b, c), true)

static void takes_the_first_that_is_well(void **state)
{
	(void)state;
	assert_int_equal(CONNECT(READY, READY, READY), 0);
	assert_int_equal(CONNECT(REFUSES, READY, READY), 1);
	assert_int_equal(CONNECT(REFUSES, NOT_PRIMARY, READY), 2);
	assert_int_equal(CONNECT(REFUSES, HANGS, NOT_SYNCED), 3);
}

static void what_one_found_out_others_know(void **state)
{
	struct node_search search = {0};

	(void)state;
	note(0, NODE_HANGS);
	assert_ptr_equal(node_find(board->nodes, "a:3306", 1), nodes.nodes[0]);
	assert_int_equal(node_search_next(&search, &nodes, now_us), 1);
}

static void one_tries_a_node_that_was_left_out(void **state)
{
	struct node_search first = {0}, second = {0};

	(void)state;
	note(0, NODE_REFUSES);
	now_us += NODE_OUT_US - 1;
	assert_int_equal(CONNECT(READY, READY, READY), 1);
	now_us += 1;
	assert_int_equal(node_search_next(&first, &nodes, now_us), 0);
	assert_int_equal(node_search_next(&second, &nodes, now_us), 1);
	note(0, NODE_READY);
	assert_int_equal(CONNECT(READY, READY, READY), 0);
}

static void a_failed_try_leaves_it_out_again(void **state)
{
	(void)state;
	note(0, NODE_NOT_PRIMARY);
	now_us += NODE_OUT_US;
	assert_int_equal(CONNECT(NOT_PRIMARY, READY, READY), 1);
	now_us += NODE_OUT_US - 1;
	assert_int_equal(CONNECT(READY, READY, READY), 1);
	now_us += 1;
	assert_int_equal(CONNECT(READY, READY, READY), 0);
}

static void one_that_serves_is_better_than_none(void **state)
{
	(void)state;
	assert_int_equal(CONNECT(DONOR, READY, READY), 1);
	now_us += NODE_OUT_US;
	assert_int_equal(CONNECT(DONOR, REFUSES, REFUSES), 0);
	assert_int_equal(CONNECT(READ_ONLY, REFUSES, REFUSES), 0);
	now_us += NODE_OUT_US;
	assert_int_equal(CONNECT(READ_ONLY, NOT_SYNCED, DONOR), 2);
	now_us += NODE_OUT_US;
	assert_int_equal(CONNECT(CLOCK, READ_ONLY, HANGS), 1);
	now_us += NODE_OUT_US;
	assert_int_equal(CONNECT(CLOCK, NOT_PRIMARY, HANGS), 0);
}

static void without_another_all_try_it(void **state)
{
	(void)state;
	assert_int_equal(CONNECT(REFUSES, REFUSES, REFUSES), 3);
	assert_int_equal(CONNECT(REFUSES, READY, REFUSES), 1);
	nodes.n = 1;
	assert_int_equal(CONNECT(REFUSES, UNKNOWN, UNKNOWN), 1);
	assert_int_equal(CONNECT(READ_ONLY, UNKNOWN, UNKNOWN), 0);
	assert_int_equal(CONNECT(READY, UNKNOWN, UNKNOWN), 0);
}

static void of_a_list_none_without_its_tables_is_taken(void **state)
{
	(void)state;
	assert_int_equal(CONNECT(NO_TABLES, OLD_SCHEMA, READY), 2);
	now_us += NODE_OUT_US;
	assert_int_equal(CONNECT(REFUSES, NO_TABLES, OLD_SCHEMA), 3);
	assert_false(nodes_lack_schema(&nodes));
	now_us += NODE_OUT_US;
	assert_int_equal(CONNECT(OLD_SCHEMA, NO_TABLES, READ_ONLY), 2);
	now_us += NODE_OUT_US;
	assert_int_equal(CONNECT(OLD_SCHEMA, NO_TABLES, OLD_SCHEMA), 3);
	assert_true(nodes_lack_schema(&nodes));
	nodes.n = 1;
	assert_int_equal(CONNECT(NO_TABLES, UNKNOWN, UNKNOWN), 0);
	assert_int_equal(CONNECT(OLD_SCHEMA, UNKNOWN, UNKNOWN), 0);
}

/* Not on one that may be another database, while the one that has the tables does not answer. */
static void tables_are_created_where_no_host_has_them(void **state)
{
	(void)state;
	assert_int_equal(CREATE(NO_TABLES, NO_TABLES, NO_TABLES), 0);
	now_us += NODE_OUT_US;
	assert_int_equal(CREATE(NO_TABLES, READY, NO_TABLES), 1);
	now_us += NODE_OUT_US;
	assert_int_equal(CREATE(NO_TABLES, REFUSES, NO_TABLES), 3);
	now_us += NODE_OUT_US;
	assert_int_equal(CREATE(NO_TABLES, READ_ONLY, NO_TABLES), 1);
}

static void hang(int64_t after_us)
{
	now_us += after_us;
	node_note_timeout(nodes.nodes[0], false, now_us);
}

/* After all had been left out, those that were not looked at since may be well again. */
static void a_write_takes_none_that_only_reads(void **state)
{
	struct node_search search = {.needs_writes = true};

	(void)state;
	note(1, NODE_REFUSES);
	hang(0);
	note(2, NODE_READ_ONLY);
	assert_int_equal(node_search_next(&search, &nodes, now_us), 2);
	assert_false(node_search_takes(&search, NODE_READ_ONLY));
	assert_false(node_search_takes(&search, NODE_WRITES_HANG));
	assert_true(node_search_takes(&search, NODE_DONOR));
	assert_int_equal(node_search_next(&search, &nodes, now_us), 1);
	assert_int_equal(node_search_next(&search, &nodes, now_us), 3);
	search = (struct node_search){.needs_writes = true};
	now_us += NODE_WRITER_PAUSE_US;
	assert_int_equal(node_search_next(&search, &nodes, now_us), 2);
	assert_int_equal(node_search_next(&search, &nodes, now_us), 1);
	assert_int_equal(node_search_next(&search, &nodes, now_us), 0);
}

/* ---- Clusters. */

static bool is_other(size_t i, uint32_t cluster)
{
	return node_is_of_other_cluster(board->nodes, nodes.nodes[i], cluster, now_us);
}

static void another_cluster_is_left_out(void **state)
{
	(void)state;
	assert_false(is_other(0, 7));
	assert_true(is_other(1, 8));
	assert_true(is_other(2, NODE_NO_CLUSTER));
	assert_false(is_other(1, 7));
	assert_int_equal(CONNECT(HANGS, OTHER_CLUSTER, HANGS), 3);
}

static void servers_without_a_cluster_are_not_told_apart(void **state)
{
	(void)state;
	assert_false(is_other(0, NODE_NO_CLUSTER));
	assert_false(is_other(1, NODE_NO_CLUSTER));
}

/* A search that begins while they are down may find the wrong one at first. */
static void a_cluster_of_more_nodes_is_taken(void **state)
{
	(void)state;
	assert_false(is_other(2, 8));
	note(2, NODE_READY);
	assert_true(is_other(0, 7));
	assert_false(node_is_out(nodes.nodes[2]));
	assert_false(is_other(1, 7));
	assert_true(node_is_out(nodes.nodes[2]));
	assert_int_equal(atomic_load(&nodes.nodes[2]->state), NODE_OTHER_CLUSTER);
	assert_false(is_other(0, 7));
	assert_true(is_other(2, 8));
}

static void a_cluster_is_better_than_none(void **state)
{
	(void)state;
	assert_false(is_other(0, NODE_NO_CLUSTER));
	assert_false(is_other(1, NODE_NO_CLUSTER));
	assert_false(is_other(2, 7));
	assert_true(is_other(0, NODE_NO_CLUSTER));
}

static void a_reload_forgets_clusters(void **state)
{
	(void)state;
	assert_false(is_other(0, 7));
	assert_false(is_other(1, 7));
	assert_true(is_other(2, 8));
	node_find(board->nodes, "c:3306", 2);
	assert_false(is_other(2, 8));
	node_find(board->nodes, "a:3306", 2);
	assert_true(is_other(0, 7));
}

static bool may_try(void)
{
	struct node_search search = node_search_begin(&nodes);

	return node_search_next(&search, &nodes, now_us) < nodes.n;
}

static void write_hangs(int64_t after_us)
{
	now_us += after_us;
	node_note_timeout(nodes.nodes[0], true, now_us);
}

static bool may_write(void)
{
	return node_may_write(nodes.nodes[0], now_us);
}

static void two_timeouts_block(void **state)
{
	(void)state;
	nodes.n = 1;
	hang(0);
	assert_true(may_try());
	hang(NODE_OUT_US);
	assert_false(node_is_blocked(nodes.nodes[0]));
	hang(NODE_OUT_US - 1);
	assert_true(node_is_blocked(nodes.nodes[0]));
}

static void one_tries_while_others_refuse(void **state)
{
	(void)state;
	nodes.n = 1;
	hang(0);
	hang(1);
	assert_true(may_try());
	assert_false(may_try());
	hang(2 * SECOND_US);
	now_us += NODE_PAUSE_US - 1;
	assert_false(may_try());
	now_us += 1;
	assert_true(may_try());
	now_us += NODE_TRY_US - 1;
	assert_false(may_try());
	now_us += 1;
	assert_true(may_try());
	note(0, NODE_READY);
	assert_false(node_is_blocked(nodes.nodes[0]));
	assert_true(may_try());
	assert_true(may_try());
}

static void writes_are_blocked_apart(void **state)
{
	(void)state;
	nodes.n = 1;
	write_hangs(0);
	hang(1);
	assert_true(may_write());
	write_hangs(1);
	assert_false(node_is_blocked(nodes.nodes[0]));
	assert_true(may_try());
	assert_true(may_try());
	assert_true(may_write());
	assert_false(may_write());
	write_hangs(2 * SECOND_US);
	now_us += NODE_PAUSE_US - 1;
	assert_false(may_write());
	now_us += 1;
	assert_true(may_write());
	assert_false(may_write());
	node_note_written(nodes.nodes[0], false, now_us);
	assert_true(may_write());
	assert_false(may_write());
	assert_true(node_note_written(nodes.nodes[0], true, now_us));
	assert_true(may_write());
	assert_true(may_write());
	assert_false(node_is_out(nodes.nodes[0]));
}

static bool stall(void)
{
	const int64_t begun_us = now_us;

	now_us += SECOND_US;
	return node_note_stalled_write(nodes.nodes[0], begun_us, now_us);
}

static void locks_block_writes_that_none_succeeds(void **state)
{
	(void)state;
	nodes.n = 1;
	for (int i = 0; i < 4; i++) {
		assert_false(stall());
		assert_false(node_note_written(nodes.nodes[0], true, now_us));
		now_us += SECOND_US;
	}
	assert_false(stall());
	assert_false(node_is_out(nodes.nodes[0]));
	assert_true(stall());
	assert_true(may_write());
	assert_false(may_write());
	assert_true(node_is_out(nodes.nodes[0]));
}

/* Two who wait for it fail at the same moment. */
static void one_locked_row_blocks_nobody(void **state)
{
	const int64_t begun_us = now_us;

	(void)state;
	nodes.n = 1;
	now_us += SECOND_US;
	assert_false(node_note_written(nodes.nodes[0], true, now_us));
	now_us += SECOND_US;
	for (int i = 0; i < 2; i++)
		assert_false(node_note_stalled_write(nodes.nodes[0], begun_us, now_us));
	assert_true(may_write());
	assert_true(may_write());
	assert_false(node_is_out(nodes.nodes[0]));
}

/* A connection alone does not end it, unless it is long ago. */
static void who_connects_knows_that_writes_hang(void **state)
{
	struct node_report report = {0};

	(void)state;
	write_hangs(0);
	write_hangs(0);
	report.writes_hang = node_writes_hang(nodes.nodes[0], now_us + NODE_OUT_US - 1);
	assert_int_equal(node_judge(&report), NODE_WRITES_HANG);
	note(0, NODE_WRITES_HANG);
	assert_true(may_write());
	assert_false(may_write());
	assert_int_equal(CONNECT(WRITES_HANG, READY, READY), 1);
	assert_int_equal(CONNECT(WRITES_HANG, REFUSES, REFUSES), 0);
	assert_false(node_writes_hang(nodes.nodes[0], now_us + NODE_OUT_US));
	note(0, NODE_READY);
	assert_true(may_write());
	assert_true(may_write());
}

static void a_block_is_told_once_a_second(void **state)
{
	(void)state;
	assert_true(node_block_is_due(nodes.nodes[0], now_us));
	assert_false(node_block_is_due(nodes.nodes[0], now_us + SECOND_US - 1));
	assert_true(node_block_is_due(nodes.nodes[0], now_us + SECOND_US));
}

static void better_ones_are_seen(void **state)
{
	(void)state;
	assert_true(nodes_have_better(&nodes, 1, false, now_us));
	assert_false(nodes_have_better(&nodes, 0, true, now_us));
	note(0, NODE_REFUSES);
	assert_false(nodes_have_better(&nodes, 1, true, now_us));
	now_us += NODE_OUT_US;
	assert_true(nodes_have_better(&nodes, 1, true, now_us));
	assert_false(nodes_have_better(&nodes, 1, false, now_us));
}

static void report_is_judged(void **state)
{
	static const struct node_report well = {
		.is_cluster = true, .is_ready = true, .is_primary = true, .is_synced = true};
	struct node_report report = {.ahead_us = NODE_CLOCK_MAX_US};

	(void)state;
	assert_int_equal(node_judge(&report), NODE_READY);
	report.ahead_us++;
	assert_int_equal(node_judge(&report), NODE_CLOCK);
	report.is_other_cluster = true;
	assert_int_equal(node_judge(&report), NODE_OTHER_CLUSTER);
	report.has_old_schema = true;
	assert_int_equal(node_judge(&report), NODE_OLD_SCHEMA);
	report.has_no_tables = true;
	assert_int_equal(node_judge(&report), NODE_NO_TABLES);
	report = (struct node_report){.ahead_us = -NODE_CLOCK_MAX_US - 1, .is_read_only = true};
	assert_int_equal(node_judge(&report), NODE_CLOCK);
	report.ahead_us = 0;
	assert_int_equal(node_judge(&report), NODE_READ_ONLY);
	report = well;
	assert_int_equal(node_judge(&report), NODE_READY);
	report.is_synced = false;
	assert_int_equal(node_judge(&report), NODE_NOT_SYNCED);
	report.is_donor = true;
	assert_int_equal(node_judge(&report), NODE_DONOR);
	report.is_ready = false;
	assert_int_equal(node_judge(&report), NODE_NOT_SYNCED);
	report.is_primary = false;
	assert_int_equal(node_judge(&report), NODE_NOT_PRIMARY);
}

static void news_is_told_once(void **state)
{
	(void)state;
	assert_true(node_note_timeout(nodes.nodes[0], false, now_us));
	assert_false(node_note_timeout(nodes.nodes[0], false, now_us));
	assert_true(node_note(nodes.nodes[0], NODE_READY, now_us));
}

static void a_table_that_is_full_has_no_more(void **state)
{
	char name[16];

	(void)state;
	for (size_t i = 3; i < NODE_N; i++) {
		snprintf(name, sizeof(name), "x%zu", i);
		assert_non_null(node_find(board->nodes, name, 1));
	}
	assert_null(node_find(board->nodes, "y", 1));
	assert_ptr_equal(node_find(board->nodes, "a:3306", 1), nodes.nodes[0]);
}

static size_t n_listed(void)
{
	size_t at = 0, n = 0;

	while (node_next_listed(board->nodes, &at) != NULL)
		n++;
	return n;
}

/* Each of n is listed in the generation; those for which there is no room count. */
static int n_without_room(int first, int n, uint32_t generation)
{
	char name[16];
	int n_without = 0;

	for (int i = first; i < first + n; i++) {
		snprintf(name, sizeof(name), "y%d", i);
		n_without += node_find(board->nodes, name, generation) == NULL;
	}
	return n_without;
}

static void places_of_old_lists_are_given_back(void **state)
{
	struct node *first = nodes.nodes[0];

	(void)state;
	note(0, NODE_HANGS);
	hang(1);
	hang(1);
	for (uint32_t generation = 2; generation < 50; generation++) {
		/* Workers of the generation before still run. */
		node_table_forget(board->nodes, generation - 1);
		assert_int_equal(
			n_without_room(NODES_MAX * (int)generation, NODES_MAX, generation), 0);
		assert_int_equal(n_listed(), NODES_MAX);
	}
	for (size_t i = 0; i < NODE_N; i++)
		assert_false(node_is_out(&board->nodes->nodes[i]));
	assert_false(node_is_blocked(first));
	/* Too many at once have no room, until the others go. */
	assert_int_equal(n_without_room(0, NODE_N, 50), 2 * NODES_MAX);
	node_table_forget(board->nodes, 50);
	assert_int_equal(n_without_room(0, NODE_N, 50), 0);
}

/* A worker of the earlier list goes on to use it. */
static void what_a_worker_lists_stays(void **state)
{
	(void)state;
	note(1, NODE_REFUSES);
	node_find(board->nodes, "b:3306", 3);
	node_table_forget(board->nodes, 3);
	assert_ptr_equal(node_find(board->nodes, "b:3306", 2), nodes.nodes[1]);
	assert_true(node_is_out(nodes.nodes[1]));
	assert_string_equal(nodes.nodes[1]->name, "b:3306");
	assert_int_equal(n_listed(), 1);
}

/* The master has begun to forget it. */
static void a_node_that_leaves_is_not_found(void **state)
{
	(void)state;
	nodes.nodes[1]->generation = UINT32_MAX;
	assert_null(node_find(board->nodes, "b:3306", 2));
	assert_int_equal(n_listed(), 2);
	nodes.nodes[1]->generation = 0;
	assert_ptr_equal(node_find(board->nodes, "b:3306", 2), nodes.nodes[1]);
}

static void what_is_no_longer_listed_is_not_shown(void **state)
{
	size_t at = 0;

	(void)state;
	assert_int_equal(n_listed(), 3);
	node_find(board->nodes, "b:3306", 2);
	node_find(board->nodes, "a:3306", 1);
	assert_int_equal(n_listed(), 1);
	assert_ptr_equal(node_next_listed(board->nodes, &at), nodes.nodes[1]);
}

static void list_is_read(void **state)
{
	static const struct {
		const char *hosts;
		const char *names[4];
		const char *host;
		bool is_tcp;
	} cases[] = {
		{"", {"/s"}, NULL, false},
		{"db", {"db:3300"}, "db", false},
		{"localhost", {"localhost:3300"}, "localhost", false},
		{"db:3307", {"db:3307"}, "db", true},
		{"a,b:3307,c", {"a:3300", "b:3307", "c:3300"}, "a", true},
		{" a , b:3307 ,", {"a:3300", "b:3307"}, "a", true},
		{"::1", {"[::1]:3300"}, "::1", true},
		{"[fd00::1]:3307,[::1]", {"[fd00::1]:3307", "[::1]:3300"}, "fd00::1", true},
		{"fd00::1,a", {"[fd00::1]:3300", "a:3300"}, "fd00::1", true},
	};
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf conf = {.database_host = cases[i].hosts,
			.database_socket = "/s",
			.database_port = 3300};
		struct server_address addresses[4];
		size_t n = server_address_list(arena, &conf, addresses, 4);

		for (size_t j = 0; j < n; j++)
			assert_string_equal(addresses[j].name, cases[i].names[j]);
		assert_true(n == 4 || cases[i].names[n] == NULL);
		assert_int_equal(addresses[0].is_tcp, cases[i].is_tcp);
		if (cases[i].host == NULL)
			assert_null(addresses[0].host);
		else
			assert_string_equal(addresses[0].host, cases[i].host);
	}
	arena_free(arena);
	assert_int_equal(server_address_count("a,b:3307,c"), 3);
}

static void what_is_no_list_is_refused(void **state)
{
	static const char *const sound[] = {"", "a", "db_1.example.com:3307", "a, b ,c:1", "a,b,",
		"127.0.0.1:65535", "::1", "fd00::1:3306", "[::1]", "[::1]:3306", "fe80::1%eth0",
		"[fe80::1%eth0]:3306", "::", "::ffff:192.0.2.1"};
	static const char *const wrong[][2] = {
		{",", "hosts are names"}, {" , ", "hosts are names"}, {" ", "hosts are names"},
		{"a b", "hosts are names"}, {"-", "hosts are names"}, {".", "hosts are names"},
		{"a]b[c", "hosts are names"}, {"a%b", "hosts are names"},
		{"a/b", "hosts are names"},
		{":3306", "hosts are names"}, {"a,-b", "hosts are names"},
		{"a:", "a port is"}, {"a:0", "a port is"}, {"a:65536", "a port is"},
		{"a:b", "a port is"}, {"a:1x", "a port is"}, {"[::1]:", "a port is"},
		{"[]", "an address of IPv6"}, {"[::1", "an address of IPv6"},
		{"[a]", "an address of IPv6"}, {"[::1]3306", "an address of IPv6"},
		{"1:2:3", "an address of IPv6"}, {"::1:3306", "an address of IPv6"},
		{"a,::1:3306", "an address of IPv6"}, {"db:1:2", "an address of IPv6"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(sound); i++)
		assert_null(server_address_find_problem(sound[i]));
	for (size_t i = 0; i < N_OF(wrong); i++) {
		const char *problem = server_address_find_problem(wrong[i][0]);

		assert_non_null(problem);
		assert_memory_equal(problem, wrong[i][1], strlen(wrong[i][1]));
	}
}

/* Whoever is here needs no TLS. */
static void who_is_here(void **state)
{
	static const char *const here[] = {
		"", "localhost", "127.0.0.1:3307", " ::1 , [::1]:3307", ",::1,"};
	static const char *const elsewhere[] = {
		"db", "localhost.example.com", "127.0.0.12", "::1,db", "::1:3307", "::12"};

	(void)state;
	for (size_t i = 0; i < N_OF(here); i++)
		assert_true(server_address_is_local(here[i]));
	for (size_t i = 0; i < N_OF(elsewhere); i++)
		assert_false(server_address_is_local(elsewhere[i]));
}

int main(void)
{
#define NODE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		NODE_TEST(takes_the_first_that_is_well),
		NODE_TEST(what_one_found_out_others_know),
		NODE_TEST(one_tries_a_node_that_was_left_out),
		NODE_TEST(a_failed_try_leaves_it_out_again),
		NODE_TEST(one_that_serves_is_better_than_none),
		NODE_TEST(without_another_all_try_it),
		NODE_TEST(of_a_list_none_without_its_tables_is_taken),
		NODE_TEST(tables_are_created_where_no_host_has_them),
		NODE_TEST(a_write_takes_none_that_only_reads),
		NODE_TEST(another_cluster_is_left_out),
		NODE_TEST(servers_without_a_cluster_are_not_told_apart),
		NODE_TEST(a_cluster_of_more_nodes_is_taken),
		NODE_TEST(a_cluster_is_better_than_none),
		NODE_TEST(a_reload_forgets_clusters),
		NODE_TEST(two_timeouts_block),
		NODE_TEST(one_tries_while_others_refuse),
		NODE_TEST(writes_are_blocked_apart),
		NODE_TEST(locks_block_writes_that_none_succeeds),
		NODE_TEST(one_locked_row_blocks_nobody),
		NODE_TEST(who_connects_knows_that_writes_hang),
		NODE_TEST(a_block_is_told_once_a_second),
		NODE_TEST(better_ones_are_seen),
		cmocka_unit_test(report_is_judged),
		NODE_TEST(news_is_told_once),
		NODE_TEST(a_table_that_is_full_has_no_more),
		NODE_TEST(what_is_no_longer_listed_is_not_shown),
		NODE_TEST(places_of_old_lists_are_given_back),
		NODE_TEST(what_a_worker_lists_stays),
		NODE_TEST(a_node_that_leaves_is_not_found),
		cmocka_unit_test(list_is_read),
		cmocka_unit_test(what_is_no_list_is_refused),
		cmocka_unit_test(who_is_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
