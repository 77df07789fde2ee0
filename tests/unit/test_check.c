#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "check_visits.h"
#include "clock.h"
#include "conf.h"

/* The rules by which "wxuserctl check" judges the hosts of a list. Each test changes what three
 * sound nodes have said. */

static struct conf *conf;
static struct check check;
static struct visits visits;
static struct server_cluster *cluster; /* of the second node */
static char said[4096];

/* Instead of the one of "wxuserctl check": notes what is not as it should be. */
void check_report(struct check *of, enum check_verdict verdict, const char *format, ...)
{
	const size_t size = strlen(said);
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (verdict != CHECK_OK)
		snprintf(said + size, sizeof(said) - size, "%s %s%s%s\n",
			verdict == CHECK_FAIL ? "FAIL" : "warn", of->host == NULL ? "" : of->host,
			of->host == NULL ? "" : ": ", text);
}

static int set_up(void **state)
{
	static const char *const names[] = {"a:3306", "b:3306", "c:3306"};

	(void)state;
	conf = conf_load(NULL, said, sizeof(said));
	said[0] = '\0';
	check = (struct check){.conf = conf, .n_hosts = 2, .n_nodes = 3};
	visits = (struct visits){.n = 3};
	for (size_t i = 0; i < 3; i++) {
		visits.addresses[i].name = names[i];
		visits.states[i] = NODE_READY;
		visits.servers[i] = (struct server){
			.version = "10.11.6-MariaDB",
			.name = names[i],
			.report = {.is_cluster = true,
				.is_ready = true,
				.is_primary = true,
				.is_synced = true},
			.max_connections = 1000,
			.max_statements = 16382,
			.idle_timeout_s = 28800,
			.packet_max = 16777216,
			.log_flush = 1,
			.cluster = {.node_name = names[i],
				.node_uuid = names[i],
				.uuid = "u",
				.sst_method = "mariabackup",
				.n_nodes = 3,
				.n_appliers = 1,
				.is_steering_ids = true,
				.id_lock_mode = 2,
				.id_step = 3,
				.id_offset = (int64_t)i + 1,
				.suspect_timeout_s = 2,
				.inactive_timeout_s = 4,
				.gcache_size = 1 << 30,
				.gcache_s = 36000},
		};
	}
	cluster = &visits.servers[1].cluster;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	conf_free(conf);
	return 0;
}

/* begin: with what the only line begins; "": there is none. */
static void expect(const char *begin)
{
	said[0] = '\0';
	check_visits(&check, &visits);
	if (strncmp(said, begin, strlen(begin)) != 0 ||
		strchr(said, '\n') != (said[0] == '\0' ? NULL : said + strlen(said) - 1) ||
		(begin[0] == '\0') != (said[0] == '\0'))
		fail_msg("%s", said);
}

static void lose(size_t i, enum node_state state)
{
	visits.states[i] = state;
	visits.problems[i] = "timed out (2002)";
	visits.servers[i] = (struct server){0};
}

static void a_sound_cluster(void **state)
{
	(void)state;
	expect("");
}

static void what_goes_on_without_a_node_is_a_warning(void **state)
{
	(void)state;
	visits.states[1] = NODE_NOT_PRIMARY;
	expect("warn b:3306: not_primary: it does not reach most nodes");
	visits.states[1] = NODE_NOT_SYNCED;
	expect("warn b:3306: not_synced: it catches up");
	visits.states[1] = NODE_DONOR;
	expect("warn b:3306: donor: it sends its data to another node, or a backup");
	cluster->is_desynced = true;
	expect("warn b:3306: donor: wsrep_desync is ON, so that it may lag behind");
	cluster->is_desynced = false;
	visits.states[1] = NODE_READ_ONLY;
	expect("warn b:3306: read_only: it is used for reads");
	lose(1, NODE_HANGS);
	expect("warn b:3306: hangs: timed out (2002); see on it: ");
	lose(0, NODE_REFUSES);
	visits.states[2] = NODE_READ_ONLY;
	check_visits(&check, &visits);
	assert_non_null(strstr(said, "FAIL a:3306: refuses: "));
	assert_non_null(strstr(said, "FAIL b:3306: hangs: "));
	assert_non_null(strstr(said, "FAIL c:3306: read_only: "));
}

static void a_node_that_is_gone_is_missing_in_the_cluster(void **state)
{
	(void)state;
	lose(2, NODE_REFUSES);
	visits.servers[0].cluster.n_nodes = cluster->n_nodes = 2;
	check_visits(&check, &visits);
	assert_string_equal(said,
		"warn c:3306: refuses: timed out (2002); see on it: systemctl status mariadb; "
		"where that runs, see [database]\n"
		"warn cluster: it has 2 of the 3 nodes in [database] host; start the rest\n");
}

static void an_even_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		visits.servers[i].cluster.n_nodes = 4;
	expect("warn cluster: of 4 nodes no more may fail than of 3; add");
}

/* One that is not in the list may be an arbitrator. */
static void a_list_of_two_of_three(void **state)
{
	(void)state;
	visits.n = check.n_nodes = 2;
	expect("");
}

static void the_clock(void **state)
{
	(void)state;
	visits.servers[1].report.ahead_us = 3 * CLOCK_SECOND_US / 2;
	expect("warn b:3306: clock: the database's is +1.5 s from this host's; keep both by NTP");
	visits.servers[1].report.ahead_us = -600 * CLOCK_SECOND_US;
	visits.states[1] = NODE_CLOCK;
	expect("FAIL b:3306: clock: it is -600.0 s from this host's, and the host is left out");
}

static void each_node_must_stand_all_workers(void **state)
{
	(void)state;
	visits.servers[1].max_connections = 50;
	check.n_hosts = 100;
	for (size_t i = 0; i < 3; i++)
		visits.servers[i].max_statements = 1000000;
	visits.servers[0].max_connections = visits.servers[2].max_connections = 100000;
	expect("FAIL b:3306: connections: ");
}

static void settings_of_a_node(void **state)
{
	(void)state;
	visits.servers[1].log_flush = 2;
	expect("warn b:3306: innodb_flush_log_at_trx_commit: 2, so that");
	visits.servers[1].log_flush = 1;
	cluster->sync_wait = 1;
	expect("warn b:3306: cluster: wsrep_sync_wait is 1");
	cluster->sync_wait = 0;
	cluster->suspect_timeout_s = 5;
	expect("warn b:3306: cluster: evs.suspect_timeout is 5 s, evs.inactive_timeout 4 s");
	cluster->suspect_timeout_s = 2;
	cluster->inactive_timeout_s = 15;
	expect("warn b:3306: cluster: evs.suspect_timeout is 2 s, evs.inactive_timeout 15 s");
	cluster->inactive_timeout_s = 4;
	cluster->n_appliers = 4;
	expect("FAIL b:3306: cluster: wsrep_slave_threads is 4");
	cluster->n_appliers = 1;
	cluster->sst_method = "rsync";
	expect("warn b:3306: cluster: wsrep_sst_method is rsync");
	cluster->sst_method = "mariabackup";
	cluster->gcache_s = 1200;
	expect("warn b:3306: cluster: gcache.size holds what is written in 20 min; a node that is "
	       "away for longer copies all data; set in wsrep_provider_options: gcache.size=12G");
	cluster->gcache_s = 36000;
	cluster->id_lock_mode = 1;
	expect("FAIL b:3306: cluster: two nodes may give out one id");
}

static void steps_of_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		visits.servers[i].cluster.is_steering_ids = false;
	expect("");
	cluster->id_offset = 1;
	expect("FAIL cluster: b:3306 and a:3306 give out the same ids; set");
	cluster->id_offset = 2;
	for (size_t i = 0; i < 3; i++)
		visits.servers[i].cluster.id_step = 1;
	cluster->is_steering_ids = true;
	cluster->id_step = 3;
	check_visits(&check, &visits);
	assert_non_null(strstr(said, "FAIL a:3306: cluster: two nodes may give out one id"));
	assert_null(strstr(said, "FAIL b:3306: cluster: two nodes"));
}

static void another_cluster(void **state)
{
	(void)state;
	cluster->uuid = "v";
	expect("FAIL b:3306: it takes writes, but is not of the cluster of a:3306");
	visits.servers[1].report.is_cluster = false;
	expect("FAIL b:3306: it takes writes, but is not of the cluster of a:3306");
}

static void servers_without_a_cluster(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		visits.servers[i].report.is_cluster = false;
	visits.n = check.n_nodes = 2;
	expect("FAIL b:3306: it takes writes, but is not of the cluster of a:3306");
	visits.states[1] = NODE_READ_ONLY;
	visits.servers[1].report.is_read_only = true;
	expect("warn b:3306: read_only: ");
}

static void one_node_twice(void **state)
{
	(void)state;
	cluster->node_uuid = "a:3306";
	visits.n = check.n_nodes = 2;
	visits.servers[0].cluster.n_nodes = cluster->n_nodes = 3;
	expect("warn b:3306: it is the server of a:3306, too; name each once");
	cluster->is_steering_ids = visits.servers[0].cluster.is_steering_ids = false;
	cluster->id_offset = 1;
	expect("warn b:3306: it is the server of a:3306, too; name each once");
}

/* All three are primary, but the first reaches only itself. */
static void two_parts_of_a_cluster(void **state)
{
	(void)state;
	visits.servers[0].cluster.n_nodes = 1;
	check_visits(&check, &visits);
	assert_non_null(strstr(said, "FAIL cluster: 3 hosts are primary, and a:3306 reaches 1; "));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sound_cluster),
		TEST(what_goes_on_without_a_node_is_a_warning),
		TEST(a_node_that_is_gone_is_missing_in_the_cluster),
		TEST(an_even_number),
		TEST(a_list_of_two_of_three),
		TEST(the_clock),
		TEST(each_node_must_stand_all_workers),
		TEST(settings_of_a_node),
		TEST(steps_of_ids),
		TEST(another_cluster),
		TEST(servers_without_a_cluster),
		TEST(one_node_twice),
		TEST(two_parts_of_a_cluster),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
