#include "breaker.h"
#include "buf.h"
#include "heap.h"
#include "job_times.h"
#include "metrics.h"
#include "node.h"
#include "prometheus.h"
#include "request_stats.h"
#include "scoreboard.h"

/* dialect, endpoint, method, one more and the end */
#define N_LABELS_MAX 5
#define MORE 3

struct scrape {
	const struct scoreboard *board;
	struct request_stats *sum; /* of all workers */
	struct buf *out;
};

static uint64_t load_count(const _Atomic uint64_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static void scrape_program(struct scrape *scrape)
{
	const struct prometheus_label labels[] = {{"version", PACKAGE_VERSION}, {0}};

	prometheus_begin(scrape->out, "wxuser_build_info", "gauge", "The program that runs.");
	prometheus_count(scrape->out, "wxuser_build_info", labels, 1);
	prometheus_begin(scrape->out, "wxuser_start_time_seconds", "gauge",
		"When the program started, since 1970.");
	prometheus_seconds(scrape->out, "wxuser_start_time_seconds", NULL,
		(uint64_t)scrape->board->began_us);
}

static void scrape_state(struct buf *out, const char *pool, const char *state, uint64_t n)
{
	const struct prometheus_label labels[] = {{"pool", pool}, {"state", state}, {0}};

	prometheus_count(out, "wxuser_workers", labels, n);
}

/* A gauge with one sample for each pool. */
static void scrape_pools(
	struct buf *out, const char *metric, const char *help, const size_t n[POOL_N])
{
	prometheus_begin(out, metric, "gauge", help);
	for (size_t pool = 0; pool < POOL_N; pool++) {
		const struct prometheus_label labels[] = {{"pool", pool_name(pool)}, {0}};

		prometheus_count(out, metric, labels, n[pool]);
	}
}

static void scrape_states(struct buf *out, const struct worker_counts counts[POOL_N])
{
	prometheus_begin(out, "wxuser_workers", "gauge", "Workers and what they do.");
	for (size_t pool = 0; pool < POOL_N; pool++) {
		scrape_state(out, pool_name(pool), "starting", counts[pool].n_starting);
		scrape_state(out, pool_name(pool), "idle", counts[pool].n_idle);
		scrape_state(out, pool_name(pool), "busy", counts[pool].n_busy);
		scrape_state(out, pool_name(pool), "draining", counts[pool].n_draining);
	}
}

static void scrape_workers(struct scrape *scrape)
{
	struct buf *out = scrape->out;
	struct worker_counts counts[POOL_N];
	size_t configured[POOL_N], full[POOL_N], in_flight_max[POOL_N], connections[POOL_N];

	for (size_t pool = 0; pool < POOL_N; pool++) {
		counts[pool] = scoreboard_count_workers(scrape->board, pool, 0);
		configured[pool] = scrape->board->master->n_configured[pool];
		full[pool] = counts[pool].n_full;
		in_flight_max[pool] = counts[pool].in_flight_max;
		connections[pool] = counts[pool].n_connections;
	}
	scrape_pools(out, "wxuser_workers_configured", "Workers that the configuration asks for.",
		configured);
	scrape_states(out, counts);
	scrape_pools(out, "wxuser_workers_full",
		"Busy workers that hold as many requests as they may.", full);
	scrape_pools(out, "wxuser_requests_in_flight_max",
		"Requests that idle and busy workers may hold together.", in_flight_max);
	scrape_pools(out, "wxuser_connections",
		"Connections of the web server that workers hold, idle ones too.", connections);
}

static void scrape_in_flight(struct scrape *scrape)
{
	uint64_t n[POOL_N][ACTIVITY_N] = {{0}};
	struct in_flight in_flight;

	for (size_t i = 0; i < scrape->board->master->n_slots; i++)
		for (size_t at = 0; scoreboard_next_in_flight(scrape->board,
			     &scrape->board->slots[i], &at, &in_flight);)
			n[in_flight.pool][in_flight.activity]++;
	prometheus_begin(scrape->out, "wxuser_requests_in_flight", "gauge",
		"Requests that workers hold, by what they do or wait for.");
	for (size_t pool = 0; pool < POOL_N; pool++) {
		for (enum activity i = ACTIVITY_NONE + 1; i < ACTIVITY_N; i++) {
			const struct prometheus_label labels[] = {
				{"pool", pool_name(pool)}, {"activity", activity_name(i)}, {0}};

			prometheus_count(scrape->out, "wxuser_requests_in_flight", labels,
				n[pool][i]);
		}
	}
}

static void scrape_ends(struct scrape *scrape)
{
	static const char *const reasons[WORKER_N_ENDS] = {
		[WORKER_DONE] = "done",
		[WORKER_FAILED] = "failed",
		[WORKER_KILLED] = "killed",
		[WORKER_OVERDUE] = "overdue",
	};

	prometheus_begin(scrape->out, "wxuser_worker_ends_total", "counter",
		"Workers that ended, and why.");
	for (size_t pool = 0; pool < POOL_N; pool++) {
		for (size_t end = 0; end < WORKER_N_ENDS; end++) {
			const struct prometheus_label labels[] = {
				{"pool", pool_name(pool)}, {"reason", reasons[end]}, {0}};

			prometheus_count(scrape->out, "wxuser_worker_ends_total", labels,
				load_count(&scrape->board->master->ends[pool][end]));
		}
	}
}

/* The caller may set the labels from MORE on. */
static void scrape_labels(
	const struct scrape *scrape, size_t i, struct prometheus_label labels_r[N_LABELS_MAX])
{
	const struct route *route = &scrape->board->routes[i];

	memset(labels_r, 0, N_LABELS_MAX * sizeof(*labels_r));
	labels_r[0] = (struct prometheus_label){"dialect", route->dialect};
	labels_r[1] = (struct prometheus_label){"endpoint", route->endpoint};
	labels_r[2] = (struct prometheus_label){"method", route->method};
}

static void scrape_statuses(struct scrape *scrape, size_t route)
{
	struct prometheus_label labels[N_LABELS_MAX];
	char text[12];

	scrape_labels(scrape, route, labels);
	for (size_t i = 0; i <= HTTP_STATUS_N; i++) {
		uint64_t n = load_count(&scrape->sum->routes[route].statuses[i]);

		if (n == 0 && http_status_at(i) != 200)
			continue;
		snprintf(text, sizeof(text), "%d", http_status_at(i));
		labels[MORE] = (struct prometheus_label){
			"status", i < HTTP_STATUS_N ? text : "other"};
		prometheus_count(scrape->out, "wxuser_requests_total", labels, n);
	}
}

/* An error that may occur has a sample from the start, so that the first one counts as a rise. */
static void scrape_errors(struct scrape *scrape, size_t route)
{
	struct prometheus_label labels[N_LABELS_MAX];

	scrape_labels(scrape, route, labels);
	for (enum err err = ERR_NONE + 1; err < ERR_N; err++) {
		uint64_t n = load_count(&scrape->sum->routes[route].errs[err]);

		if (n == 0 && !scrape->board->routes[route].may_return[err])
			continue;
		labels[MORE] = (struct prometheus_label){"error", err_name(err)};
		prometheus_count(scrape->out, "wxuser_request_errors_total", labels, n);
	}
}

static void scrape_times(struct scrape *scrape, size_t route)
{
	struct prometheus_label labels[N_LABELS_MAX];

	scrape_labels(scrape, route, labels);
	histogram_write(&scrape->sum->routes[route].took, scrape->out,
		"wxuser_request_duration_seconds", labels);
}

static void scrape_routes(
	struct scrape *scrape, void (*scrape_route)(struct scrape *scrape, size_t route))
{
	for (size_t route = 0; route < scrape->board->n_routes; route++)
		scrape_route(scrape, route);
}

static void scrape_requests(struct scrape *scrape)
{
	prometheus_begin(scrape->out, "wxuser_requests_total", "counter",
		"Requests that were answered, by HTTP status.");
	scrape_routes(scrape, scrape_statuses);
	prometheus_begin(scrape->out, "wxuser_request_errors_total", "counter",
		"Requests that failed, whatever status their dialect answers with.");
	scrape_routes(scrape, scrape_errors);
	prometheus_begin(scrape->out, "wxuser_request_duration_seconds", "histogram",
		"Time from a request's start in a worker to its answer.");
	scrape_routes(scrape, scrape_times);
}

static void scrape_queue(struct scrape *scrape)
{
	prometheus_begin(scrape->out, "wxuser_queue_wait_seconds", "histogram",
		"Time from the web server's SENT_AT to a request's start in a worker.");
	for (size_t pool = 0; pool < POOL_N; pool++) {
		struct prometheus_label labels[N_LABELS_MAX] = {{"pool", pool_name(pool)}};

		histogram_write(&scrape->sum->queued[pool], scrape->out,
			"wxuser_queue_wait_seconds", labels);
	}
}

static void scrape_counters(struct scrape *scrape)
{
	static const struct {
		const char *metric, *label, *value, *help;
	} counters[COUNTER_N] = {
#define COUNTER(name, metric, label, value, help) {metric, label, value, help},
#include "counter.def"
#undef COUNTER
	};

	for (size_t i = 0; i < COUNTER_N; i++) {
		const char *metric = counters[i].metric;
		const struct prometheus_label labels[] = {
			{counters[i].label, counters[i].value}, {0}};
		bool is_labelled = *counters[i].label != '\0';
		uint64_t n = load_count(&scrape->sum->counters.n[i]);

		if (i == 0 || strcmp(metric, counters[i - 1].metric) != 0)
			prometheus_begin(scrape->out, metric, "counter", counters[i].help);
		if (strstr(metric, "_seconds_") != NULL)
			prometheus_seconds(scrape->out, metric, is_labelled ? labels : NULL, n);
		else
			prometheus_count(scrape->out, metric, is_labelled ? labels : NULL, n);
	}
}

static void scrape_outcomes(struct scrape *scrape, const struct breaker *breaker)
{
	static const char *const outcomes[CALL_N_OUTCOMES] = {
		[CALL_OK] = "ok",
		[CALL_BAD_ANSWER] = "bad_answer",
		[CALL_FAILED] = "failed",
		[CALL_UNSENT] = "unsent",
		[CALL_BREAKER_OPEN] = "breaker_open",
	};

	for (size_t i = 0; i < CALL_N_OUTCOMES; i++) {
		const struct prometheus_label labels[] = {{"host", breaker->host},
			{"path", breaker->path}, {"outcome", outcomes[i]}, {0}};

		prometheus_count(scrape->out, "wxuser_remote_calls_total", labels,
			load_count(&breaker->outcomes[i]));
	}
}

static void scrape_call_times(struct scrape *scrape, const struct breaker *breaker)
{
	struct prometheus_label labels[N_LABELS_MAX] = {
		{"host", breaker->host}, {"path", breaker->path}};

	histogram_write(
		&breaker->took, scrape->out, "wxuser_remote_call_duration_seconds", labels);
}

static void scrape_open(struct scrape *scrape, const struct breaker *breaker)
{
	const struct prometheus_label labels[] = {
		{"host", breaker->host}, {"path", breaker->path}, {0}};

	prometheus_count(
		scrape->out, "wxuser_remote_breaker_open", labels, breaker_is_open(breaker));
}

static void scrape_breakers(struct scrape *scrape,
	void (*scrape_breaker)(struct scrape *scrape, const struct breaker *breaker))
{
	const struct breaker *breakers = scrape->board->breakers->breakers;

	for (size_t i = 0; i < BREAKER_N; i++)
		if (atomic_load(&breakers[i].is_named))
			scrape_breaker(scrape, &breakers[i]);
}

static void scrape_remote(struct scrape *scrape)
{
	prometheus_begin(scrape->out, "wxuser_remote_calls_total", "counter",
		"Calls of WeChat and the SMS gateway; each try counts.");
	scrape_breakers(scrape, scrape_outcomes);
	prometheus_begin(scrape->out, "wxuser_remote_call_duration_seconds", "histogram",
		"Duration of these calls.");
	scrape_breakers(scrape, scrape_call_times);
	prometheus_begin(scrape->out, "wxuser_remote_breaker_open", "gauge",
		"Whether calls are held back after too many failures.");
	scrape_breakers(scrape, scrape_open);
	prometheus_begin(scrape->out, "wxuser_wechat_last_success_timestamp_seconds", "gauge",
		"When WeChat last gave a good answer, since 1970; 0: not since the start.");
	prometheus_seconds(scrape->out, "wxuser_wechat_last_success_timestamp_seconds", NULL,
		(uint64_t)atomic_load(&scrape->board->breakers->wechat_success_us));
}

static void scrape_node_states(struct scrape *scrape, const struct node *node)
{
	for (enum node_state state = NODE_READY; state < NODE_N_STATES; state++) {
		const struct prometheus_label labels[] = {
			{"host", node->name}, {"state", node_state_name(state)}, {0}};

		prometheus_count(scrape->out, "wxuser_database_host_state", labels,
			atomic_load(&node->state) == (int32_t)state);
	}
}

static void scrape_node_workers(struct scrape *scrape, const struct node *node)
{
	const struct prometheus_label labels[] = {{"host", node->name}, {0}};
	const struct scoreboard *board = scrape->board;
	const size_t number = 1 + (size_t)(node - board->nodes->nodes);
	uint64_t n = 0;

	for (size_t i = 0; i < board->master->n_slots; i++)
		n += atomic_load(&board->slots[i].node) == number;
	prometheus_count(scrape->out, "wxuser_database_host_workers", labels, n);
}

static void scrape_node_clock(struct scrape *scrape, const struct node *node)
{
	const struct prometheus_label labels[] = {{"host", node->name}, {0}};
	const int64_t ahead_us = atomic_load(&node->ahead_us);

	prometheus_seconds(scrape->out, "wxuser_database_host_clock_off_seconds", labels,
		(uint64_t)(ahead_us < 0 ? -ahead_us : ahead_us));
}

static void scrape_node_connections(struct scrape *scrape, const struct node *node)
{
	const struct prometheus_label labels[] = {{"host", node->name}, {0}};

	prometheus_count(scrape->out, "wxuser_database_host_connections_total", labels,
		load_count(&node->n_connections));
}

static void scrape_each_node(
	struct scrape *scrape, void (*scrape_node)(struct scrape *scrape, const struct node *node))
{
	const struct node *node;
	size_t at = 0;

	while ((node = node_next_listed(scrape->board->nodes, &at)) != NULL)
		scrape_node(scrape, node);
}

static void scrape_nodes(struct scrape *scrape)
{
	prometheus_begin(scrape->out, "wxuser_database_host_state", "gauge",
		"1 for what was last found out about a host of the database.");
	scrape_each_node(scrape, scrape_node_states);
	prometheus_begin(scrape->out, "wxuser_database_host_workers", "gauge",
		"Workers that are connected to the host.");
	scrape_each_node(scrape, scrape_node_workers);
	prometheus_begin(scrape->out, "wxuser_database_host_clock_off_seconds", "gauge",
		"How far the host's clock was from the one here, at the last connection.");
	scrape_each_node(scrape, scrape_node_clock);
	prometheus_begin(scrape->out, "wxuser_database_host_connections_total", "counter",
		"Connections opened to the host and used.");
	scrape_each_node(scrape, scrape_node_connections);
}

static void scrape_jobs(struct scrape *scrape)
{
	static const char metric[] = "wxuser_job_last_success_timestamp_seconds";

	prometheus_begin(scrape->out, metric, "gauge",
		"When a host, whichever, last did all of the job, since 1970; 0: never.");
	for (size_t i = 0; i < JOB_TIMES_N; i++) {
		const struct job_time *time = &scrape->board->job_times->times[i];
		const char *name = atomic_load(&time->name);
		const struct prometheus_label labels[] = {{"name", name}, {0}};

		if (name != NULL)
			prometheus_seconds(scrape->out, metric, labels,
				(uint64_t)atomic_load(&time->done_us));
	}
}

void metrics_write(const struct scoreboard *board, struct buf *out)
{
	struct scrape scrape = {
		.board = board,
		.sum = heap_alloc(request_stats_size(board->n_routes)),
		.out = out,
	};

	for (size_t i = 0; i < board->master->n_slots; i++)
		request_stats_add(scrape.sum, scoreboard_stats(board, &board->slots[i]),
			board->n_routes);
	scrape_program(&scrape);
	scrape_workers(&scrape);
	scrape_in_flight(&scrape);
	scrape_ends(&scrape);
	scrape_requests(&scrape);
	scrape_queue(&scrape);
	scrape_counters(&scrape);
	scrape_nodes(&scrape);
	scrape_remote(&scrape);
	scrape_jobs(&scrape);
	free(scrape.sum);
}
