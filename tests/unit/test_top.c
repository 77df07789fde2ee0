#include "unit.h"

#include <math.h>

#include "arena.h"
#include "buf.h"
#include "prometheus.h"
#include "top_page.h"

#define MEMORY_MAX (4 << 20)
#define STARTED_S 1700000000.0

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(MEMORY_MAX);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* ---- The text format. */

static void labels_are_escaped(void **state)
{
	const struct prometheus_label labels[] = {{"a", "x\\\"\n"}, {"b", ""}, {0}};
	struct buf out = {0};

	(void)state;
	prometheus_seconds(&out, "took", labels, 1250000);
	assert_string_equal(out.data, "took{a=\"x\\\\\\\"\\n\",b=\"\"} 1.250000\n");
	buf_release(&out);
}

/* ---- Quantiles. */

#define INF INFINITY

static void quantiles(void **state)
{
	/* Of histograms with the bounds 0.1, 1, 10 and infinity. */
	static const struct {
		double before[4], now[4];
		double share, quantile_s; /* NAN: none */
	} cases[] = {
		{{0}, {0, 0, 0, 0}, 0.5, NAN},
		{{5, 6, 7, 8}, {5, 6, 7, 8}, 0.5, NAN},
		{{0}, {100, 100, 100, 100}, 0.5, 0.05},
		{{0}, {100, 100, 100, 100}, 0.99, 0.099},
		{{0}, {0, 100, 100, 100}, 0.5, 0.55},
		{{0}, {50, 100, 100, 100}, 0.5, 0.1},
		{{0}, {50, 90, 100, 100}, 0.95, 5.5},
		{{0}, {50, 90, 95, 100}, 0.99, 10}, /* longer than the last bound */
		{{0}, {0, 0, 0, 1}, 0.5, 10},
		{{100, 100, 100, 100}, {100, 110, 110, 110}, 0.5, 0.55}, /* of these ten */
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct top_histogram before = {4, {0.1, 1, 10, INF}, {0}};
		struct top_histogram now = before;
		double quantile_s;

		memcpy(before.n, cases[i].before, sizeof(cases[i].before));
		memcpy(now.n, cases[i].now, sizeof(cases[i].now));
		quantile_s = top_quantile(&before, &now, cases[i].share);
		if (isnan(cases[i].quantile_s) ? !isnan(quantile_s)
					       : fabs(quantile_s - cases[i].quantile_s) > 1e-9)
			fail_msg("case %zu: %g", i, quantile_s);
	}
	assert_true(isnan(top_quantile(NULL, &(struct top_histogram){0}, 0.5)));
}

/* ---- Readings and what lies between them. */

static void read_text(const char *text, double age_s, struct top_reading *reading_r)
{
	top_read(arena, arena_strdup(arena, text), STARTED_S + age_s, reading_r);
}

#define STATUS "program wxuser 0.1.0\npid 4711\nstate serving\ngeneration 2\nfailures 0\n" \
	"workers core generation=2 configured=8 starting=0 idle=7 busy=1\ndraining 0\n"
#define STARTED "# TYPE wxuser_start_time_seconds gauge\n" \
	"wxuser_start_time_seconds 1700000000.000000\n"
#define POOLS "wxuser_workers_configured{pool=\"core\"} 8\n" \
	"wxuser_workers_configured{pool=\"remote\"} 16\n" \
	"wxuser_workers{pool=\"core\",state=\"idle\"} 7\n" \
	"wxuser_workers{pool=\"core\",state=\"busy\"} 1\n" \
	"wxuser_workers{pool=\"remote\",state=\"starting\"} 15\n" \
	"wxuser_workers{pool=\"remote\",state=\"draining\"} 1\n" \
	"wxuser_connections{pool=\"core\"} 12\n" \
	"wxuser_workers_full{pool=\"remote\"} 2\n" \
	"wxuser_requests_in_flight_max{pool=\"core\"} 8\n" \
	"wxuser_requests_in_flight_max{pool=\"remote\"} 1024\n" \
	"wxuser_requests_in_flight{pool=\"core\",activity=\"database\"} 1\n" \
	"wxuser_requests_in_flight{pool=\"remote\",activity=\"database\"} 3\n" \
	"wxuser_requests_in_flight{pool=\"remote\",activity=\"wechat\"} 130\n"
#define ENDPOINT(dialect, method, path) \
	"{dialect=\"" dialect "\",endpoint=\"" path "\",method=\"" method "\""
#define GET ENDPOINT("shop", "GET", "api/get")
#define LOGIN ENDPOINT("account", "POST", "login")
#define NONE ENDPOINT("shop", "", "")

#define HOSTS(is_ready, n_connections) \
	"wxuser_database_host_state{host=\"b:3306\",state=\"ready\"} " is_ready "\n" \
	"wxuser_database_host_state{host=\"b:3306\",state=\"hangs\"} 1\n" \
	"wxuser_database_host_state{host=\"a:3306\",state=\"ready\"} 1\n" \
	"wxuser_database_host_workers{host=\"a:3306\"} 10\n" \
	"wxuser_database_host_clock_off_seconds{host=\"b:3306\"} 61.000000\n" \
	"wxuser_database_host_clock_off_seconds{host=\"a:3306\"} 0.000200\n" \
	"wxuser_database_host_connections_total{host=\"a:3306\"} " n_connections "\n"

static const char first_text[] = STATUS STARTED POOLS
	"wxuser_requests_total" GET ",status=\"200\"} 100\n"
	"wxuser_requests_total" GET ",status=\"404\"} 10\n"
	"wxuser_requests_total" LOGIN ",status=\"200\"} 5\n"
	"wxuser_request_errors_total" GET ",error=\"NOT_FOUND\"} 10\n"
	"wxuser_request_duration_seconds_bucket" GET ",le=\"0.001\"} 0\n"
	"wxuser_request_duration_seconds_bucket" GET ",le=\"0.1\"} 110\n"
	"wxuser_request_duration_seconds_bucket" GET ",le=\"+Inf\"} 110\n"
	"wxuser_request_duration_seconds_sum" GET "} 2.5\n"
	HOSTS("1", "5") "wxuser_database_wait_seconds_total 1.5\n";

static const char second_text[] = STATUS STARTED POOLS
	"wxuser_requests_total" GET ",status=\"200\"} 120\n"
	"wxuser_requests_total" GET ",status=\"404\"} 12\n"
	"wxuser_requests_total" LOGIN ",status=\"200\"} 11\n"
	"wxuser_requests_total" NONE ",status=\"404\"} 1\n"
	"wxuser_request_errors_total" GET ",error=\"NOT_FOUND\"} 12\n"
	"wxuser_request_errors_total" NONE ",error=\"NOT_FOUND\"} 1\n"
	"wxuser_request_duration_seconds_bucket" GET ",le=\"0.001\"} 22\n"
	"wxuser_request_duration_seconds_bucket" GET ",le=\"0.1\"} 132\n"
	"wxuser_request_duration_seconds_bucket" GET ",le=\"+Inf\"} 132\n"
	"wxuser_request_duration_seconds_bucket" LOGIN ",le=\"1\"} 0\n"
	"wxuser_request_duration_seconds_bucket" LOGIN ",le=\"2\"} 6\n"
	"wxuser_request_duration_seconds_bucket" LOGIN ",le=\"+Inf\"} 6\n"
	"wxuser_request_duration_seconds_sum" GET "} 4.5\n"
	"wxuser_request_duration_seconds_sum" LOGIN "} 8\n"
	"wxuser_queue_wait_seconds_bucket{pool=\"core\",le=\"0.0005\"} 10\n"
	"wxuser_queue_wait_seconds_bucket{pool=\"core\",le=\"+Inf\"} 10\n"
	"wxuser_database_wait_seconds_total 2.5\n"
	HOSTS("0", "11")
	"wxuser_remote_call_duration_seconds_sum{host=\"api\",path=\"sns\"} 7\n"
	"wxuser_remote_breaker_open{host=\"api\",path=\"sns\"} 1\n"
	"wxuser_remote_breaker_open{host=\"sms\",path=\"\"} 0\n"
	"request core pid=12 age_ms=20 at=database for_ms=0 method=GET endpoint=api/get id=a\n"
	"request remote pid=13 age_ms=3210 at=wechat for_ms=3000 method=POST endpoint=login id=b\n"
	"request core pid=14 age_ms=5 at=reading for_ms=0 id=c\n";

static void a_text_is_read(void **state)
{
	struct top_reading reading;

	(void)state;
	read_text(second_text, 100, &reading);
	assert_string_equal(reading.program, "wxuser 0.1.0");
	assert_string_equal(reading.pid, "4711");
	assert_string_equal(reading.generation, "2");
	assert_true(reading.started_s == STARTED_S);
	assert_int_equal(reading.n_pools, 2);
	assert_string_equal(reading.pools[1].name, "remote");
	assert_true(reading.pools[0].n_configured == 8 && reading.pools[0].n_idle == 7);
	assert_true(reading.pools[0].n_busy == 1 && reading.pools[0].n_connections == 12);
	assert_true(reading.pools[1].n_starting == 15 && reading.pools[1].n_draining == 1);
	assert_true(reading.pools[1].n_full == 2 && reading.pools[1].n_in_flight == 133);
	assert_true(reading.pools[1].in_flight_max == 1024 && reading.pools[0].n_in_flight == 1);
	assert_int_equal(reading.pools[0].queued.n_bounds, 2);
	assert_int_equal(reading.n_endpoints, 3);
	assert_true(reading.endpoints[0].n_requests == 132);
	assert_true(reading.took_s == 12.5 && reading.database_s == 2.5);
	assert_int_equal(reading.n_breakers, 2);
	assert_true(reading.breakers[0].is_open && !reading.breakers[1].is_open);
	assert_int_equal(reading.n_hosts, 2);
	assert_string_equal(reading.hosts[0].name, "a:3306");
	assert_true(reading.hosts[0].n_workers == 10 && reading.hosts[0].n_connections == 11);
	assert_string_equal(reading.hosts[1].state, "hangs");
	assert_int_equal(reading.n_requests, 3);
	assert_string_equal(reading.requests[0].activity, "wechat"); /* the oldest */
	assert_true(reading.requests[0].age_s == 3.21 && reading.requests[0].stalled_s == 3);
	assert_string_equal(reading.requests[1].endpoint, "api/get");
	assert_string_equal(reading.requests[2].endpoint, "");
}

static void more_than_there_is_room_for_is_left_out(void **state)
{
	struct top_reading reading;
	struct buf text = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_printf(&text,
			"wxuser_requests_total{endpoint=\"%d\"} 1\n"
			"wxuser_workers_configured{pool=\"%d\"} 1\n"
			"wxuser_remote_breaker_open{host=\"%d\"} 1\n"
			"wxuser_database_host_workers{host=\"%d\"} 1\n"
			"wxuser_request_duration_seconds_bucket{endpoint=\"0\",le=\"%d\"} 1\n"
			"request x\n",
			i, i, i, i, i);
	top_read(arena, text.data, STARTED_S, &reading);
	assert_int_equal(reading.n_endpoints, TOP_N_ENDPOINTS_MAX);
	assert_int_equal(reading.n_pools, TOP_N_POOLS_MAX);
	assert_int_equal(reading.n_breakers, TOP_N_BREAKERS_MAX);
	assert_int_equal(reading.n_hosts, TOP_N_HOSTS_MAX);
	assert_int_equal(reading.endpoints[0].took.n_bounds, TOP_N_BOUNDS_MAX);
	assert_int_equal(reading.n_requests, 1000);
	buf_release(&text);
}

static void rates_are_those_between_two_readings(void **state)
{
	struct top_reading first, second;
	struct top_page page;

	(void)state;
	read_text(first_text, 100, &first);
	read_text(second_text, 102, &second);
	top_page_make(arena, &first, &second, TOP_BY_RATE, &page);
	assert_false(page.is_since_start);
	assert_true(page.seconds == 2);
	assert_true(page.requests_per_s == 14.5 && page.errors_per_s == 1.5);
	assert_true(fabs(page.database_share - 0.1) < 1e-9);
	assert_true(fabs(page.remote_share - 0.7) < 1e-9);
	assert_string_equal(page.lines[0].endpoint->path, "api/get");
	assert_true(page.lines[0].requests_per_s == 11 && page.lines[0].errors_per_s == 1);
	assert_true(page.lines[0].took.p99_s <= 0.001); /* of the 22 that are new */
	assert_true(page.lines[1].requests_per_s == 3);
	assert_true(page.lines[2].requests_per_s == 0.5);
	assert_true(isnan(page.lines[2].took.p50_s));
	assert_true(fabs(page.queued[0].p50_s - 0.00025) < 1e-9);
	assert_true(isnan(page.queued[1].p50_s));
}

static void orders(void **state)
{
	static const struct {
		enum top_order order;
		const char *paths[3];
	} cases[] = {
		{TOP_BY_RATE, {"api/get", "login", ""}},
		{TOP_BY_ERRORS, {"api/get", "", "login"}},
		{TOP_BY_P99, {"login", "api/get", ""}},
		{TOP_BY_NAME, {"login", "", "api/get"}},
	};
	struct top_reading first, second;
	struct top_page page;

	(void)state;
	read_text(first_text, 100, &first);
	read_text(second_text, 102, &second);
	for (size_t i = 0; i < N_OF(cases); i++) {
		top_page_make(arena, &first, &second, cases[i].order, &page);
		for (size_t n = 0; n < 3; n++)
			assert_string_equal(page.lines[n].endpoint->path, cases[i].paths[n]);
	}
}

static void without_an_earlier_reading_rates_are_since_the_start(void **state)
{
	struct top_reading first, second;
	struct top_page page;

	(void)state;
	read_text(second_text, 14.4, &second);
	top_page_make(arena, NULL, &second, TOP_BY_RATE, &page);
	assert_true(page.is_since_start);
	assert_true(fabs(page.requests_per_s - 10) < 1e-6);
	read_text(first_text, 14, &first);
	first.started_s -= 1000; /* the program was another */
	top_page_make(arena, &first, &second, TOP_BY_RATE, &page);
	assert_true(page.is_since_start);
	assert_true(fabs(page.requests_per_s - 10) < 1e-6);
}

/* ---- Pages. */

static const char *write_page(double age_s)
{
	struct top_reading first, second;
	struct top_page page;
	struct buf out = {0};
	const char *text;

	read_text(first_text, age_s - 2, &first);
	read_text(second_text, age_s, &second);
	top_page_make(arena, &first, &second, TOP_BY_RATE, &page);
	top_page_write(&page, &out);
	text = arena_strdup(arena, out.data);
	buf_release(&out);
	return text;
}

static void a_page_has_all(void **state)
{
	(void)state;
	assert_string_equal(write_page(273906),
		"wxuser 0.1.0  pid 4711  serving  generation 2  up 3d 04:05:06\n"
		"in 2.0 s: 14.5 requests/s  1.5 errors/s  waits: database 10%, remote 70%\n"
		"breakers open: api/sns\n"
		"\n"
		"POOL    CONFIGURED STARTING  IDLE  BUSY  FULL DRAINING IN FLIGHT    MAX "
		"CONNECTIONS  QUEUED p50     p99\n"
		"core             8        0     7     1     0        0         1      8 "
		"         12       0.2ms   0.5ms\n"
		"remote          16       15     0     0     2        1       133   1024 "
		"          0           -       -\n"
		"\n"
		"WORKERS CONNECTIONS/s CLOCK OFF  STATE        DATABASE HOST\n"
		"     10           3.0     0.2ms  ready        a:3306\n"
		"      0           0.0     61.0s  hangs        b:3306\n"
		"\n"
		"REQUESTS/s ERRORS/s     p50     p99  ENDPOINT\n"
		"      11.0      1.0   0.5ms   1.0ms  shop GET api/get\n"
		"       3.0      0.0    1.5s    2.0s  account POST login\n"
		"       0.5      0.5       -       -  shop (none)\n"
		"\n"
		"POOL         PID     AGE  AT            FOR  ENDPOINT\n"
		"remote        13    3.2s  wechat       3.0s  POST login\n"
		"core          12    20ms  database    0.0ms  GET api/get\n"
		"core          14   5.0ms  reading     0.0ms   \n");
}

int main(void)
{
#define TOP_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TOP_TEST(labels_are_escaped),
		TOP_TEST(quantiles),
		TOP_TEST(a_text_is_read),
		TOP_TEST(more_than_there_is_room_for_is_left_out),
		TOP_TEST(rates_are_those_between_two_readings),
		TOP_TEST(orders),
		TOP_TEST(without_an_earlier_reading_rates_are_since_the_start),
		TOP_TEST(a_page_has_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
