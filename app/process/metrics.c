#include "buf.h"
#include "heap.h"
#include "metrics.h"
#include "prometheus.h"
#include "scoreboard.h"
#include "service.h"
#include "standing.h"

/* dialect, endpoint, method, one more, the end */
#define N_LABELS_MAX 5
#define MORE 3

struct scrape {
	const struct service *service;
	const struct scoreboard *board;
	struct ledger *sum; /* of all workers */
	struct buf *out;
};

static uint64_t load(const _Atomic uint64_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static void write_program(struct scrape *scrape)
{
	const struct prometheus_label labels[] = {{"version", PACKAGE_VERSION}, {0}};

	prometheus_begin(scrape->out, "wxuser_build_info", "gauge", "The program that runs.");
	prometheus_count(scrape->out, "wxuser_build_info", labels, 1);
	prometheus_begin(scrape->out, "wxuser_start_time_seconds", "gauge",
		"When the program started, since 1970.");
	prometheus_seconds(scrape->out, "wxuser_start_time_seconds", NULL,
		(uint64_t)scrape->board->began_us);
}

static void write_state(struct buf *out, const char *pool, const char *state, uint64_t n)
{
	const struct prometheus_label labels[] = {{"pool", pool}, {"state", state}, {0}};

	prometheus_count(out, "wxuser_workers", labels, n);
}

static void write_workers(struct scrape *scrape)
{
	struct buf *out = scrape->out;
	struct tally tallies[POOL_N];

	prometheus_begin(out, "wxuser_workers", "gauge", "Workers and what they do.");
	for (enum pool pool = 0; pool < POOL_N; pool++) {
		tallies[pool] = scoreboard_tally(scrape->board, pool, 0);
		write_state(out, pool_name(pool), "starting", tallies[pool].n_starting);
		write_state(out, pool_name(pool), "idle", tallies[pool].n_idle);
		write_state(out, pool_name(pool), "busy", tallies[pool].n_busy);
		write_state(out, pool_name(pool), "leaving", tallies[pool].n_leaving);
	}
	prometheus_begin(out, "wxuser_connections", "gauge",
		"Connections of the web server that workers hold, idle ones too.");
	for (size_t pool = 0; pool < POOL_N; pool++) {
		const struct prometheus_label labels[] = {{"pool", pool_name(pool)}, {0}};

		prometheus_count(out, "wxuser_connections", labels, tallies[pool].n_connections);
	}
}

static void write_wanted(struct scrape *scrape)
{
	prometheus_begin(scrape->out, "wxuser_workers_wanted", "gauge",
		"Workers that there shall be, by the configuration.");
	for (size_t pool = 0; pool < POOL_N; pool++) {
		const struct prometheus_label labels[] = {{"pool", pool_name(pool)}, {0}};

		prometheus_count(scrape->out, "wxuser_workers_wanted", labels,
			scrape->board->roll->n_wanted[pool]);
	}
}

static void write_standing(struct scrape *scrape)
{
	uint64_t n[POOL_N][ACTIVITY_N] = {{0}};
	struct standing standing;

	for (size_t i = 0; i < scrape->board->roll->n_slots; i++)
		if (standing_read(&scrape->board->slots[i], scrape->service, &standing))
			n[standing.pool][standing.activity]++;
	prometheus_begin(scrape->out, "wxuser_requests_at_hand", "gauge",
		"Requests that workers have, by what they are at.");
	for (size_t pool = 0; pool < POOL_N; pool++) {
		for (enum activity at = ACTIVITY_NONE + 1; at < ACTIVITY_N; at++) {
			const struct prometheus_label labels[] = {
				{"pool", pool_name(pool)}, {"at", activity_name(at)}, {0}};

			prometheus_count(scrape->out, "wxuser_requests_at_hand", labels,
				n[pool][at]);
		}
	}
}

static void write_ends(struct scrape *scrape)
{
	static const char *const reasons[WORKER_N_ENDS] = {
		[WORKER_DONE] = "done",
		[WORKER_FAILED] = "failed",
		[WORKER_KILLED] = "killed",
		[WORKER_OVERDUE] = "overdue",
	};

	prometheus_begin(scrape->out, "wxuser_worker_ends_total", "counter",
		"Workers that ended, and why; another took the place of each.");
	for (size_t pool = 0; pool < POOL_N; pool++) {
		for (size_t end = 0; end < WORKER_N_ENDS; end++) {
			const struct prometheus_label labels[] = {
				{"pool", pool_name(pool)}, {"reason", reasons[end]}, {0}};

			prometheus_count(scrape->out, "wxuser_worker_ends_total", labels,
				load(&scrape->board->roll->ends[pool][end]));
		}
	}
}

/* The endpoint of a row; NULL: it is for requests that found none. */
static const struct endpoint *endpoint_of(const struct scrape *scrape, size_t row)
{
	const struct endpoint *const *endpoints = scrape->service->endpoints;

	return row < endpoint_count(endpoints) ? endpoints[row] : NULL;
}

/* The labels from MORE on are the caller's. */
static void label_row(
	const struct scrape *scrape, size_t row, struct prometheus_label labels_r[N_LABELS_MAX])
{
	const struct endpoint *endpoint = endpoint_of(scrape, row);
	const struct service *service = scrape->service;
	const struct dialect *dialect = endpoint != NULL
		? endpoint->dialect
		: service->dialects[row - endpoint_count(service->endpoints)];

	memset(labels_r, 0, N_LABELS_MAX * sizeof(*labels_r));
	labels_r[0] = (struct prometheus_label){"dialect", dialect->name};
	labels_r[1] = (struct prometheus_label){"endpoint", endpoint != NULL ? endpoint->path : ""};
	labels_r[2] = (struct prometheus_label){"method", endpoint != NULL ? endpoint->method : ""};
}

static void write_statuses(struct scrape *scrape, size_t row)
{
	struct prometheus_label labels[N_LABELS_MAX];
	char text[12];

	label_row(scrape, row, labels);
	for (size_t i = 0; i <= RESPONSE_N_STATUSES; i++) {
		uint64_t n = load(&scrape->sum->rows[row].statuses[i]);

		if (n == 0 && response_status(i) != 200)
			continue;
		snprintf(text, sizeof(text), "%d", response_status(i));
		labels[MORE] = (struct prometheus_label){
			"status", i < RESPONSE_N_STATUSES ? text : "other"};
		prometheus_count(scrape->out, "wxuser_requests_total", labels, n);
	}
}

/* Those that may come are there from the start, so that the first one is seen as a rise. */
static void write_errors(struct scrape *scrape, size_t row)
{
	const struct endpoint *endpoint = endpoint_of(scrape, row);
	struct prometheus_label labels[N_LABELS_MAX];

	label_row(scrape, row, labels);
	for (enum err err = ERR_NONE + 1; err < ERR_N; err++) {
		uint64_t n = load(&scrape->sum->rows[row].errs[err]);

		if (n == 0 && (endpoint == NULL || !endpoint_may_return(endpoint, err)))
			continue;
		labels[MORE] = (struct prometheus_label){"error", err_name(err)};
		prometheus_count(scrape->out, "wxuser_request_errors_total", labels, n);
	}
}

static void write_times(struct scrape *scrape, size_t row)
{
	struct prometheus_label labels[N_LABELS_MAX];

	label_row(scrape, row, labels);
	histogram_write(&scrape->sum->rows[row].took, scrape->out,
		"wxuser_request_duration_seconds", labels);
}

static void write_rows(struct scrape *scrape, void (*write_row)(struct scrape *scrape, size_t row))
{
	for (size_t row = 0; row < scrape->board->n_rows; row++)
		write_row(scrape, row);
}

static void write_requests(struct scrape *scrape)
{
	prometheus_begin(scrape->out, "wxuser_requests_total", "counter",
		"Requests that were answered, by HTTP status.");
	write_rows(scrape, write_statuses);
	prometheus_begin(scrape->out, "wxuser_request_errors_total", "counter",
		"Requests that failed, whatever status their dialect says it with.");
	write_rows(scrape, write_errors);
	prometheus_begin(scrape->out, "wxuser_request_duration_seconds", "histogram",
		"From a worker's first look at a request to its answer.");
	write_rows(scrape, write_times);
}

static void write_queue(struct scrape *scrape)
{
	prometheus_begin(scrape->out, "wxuser_queue_wait_seconds", "histogram",
		"From the web server's SENT_AT to a worker's first look at a request.");
	for (size_t pool = 0; pool < POOL_N; pool++) {
		struct prometheus_label labels[N_LABELS_MAX] = {{"pool", pool_name(pool)}};

		histogram_write(&scrape->sum->queued[pool], scrape->out,
			"wxuser_queue_wait_seconds", labels);
	}
}

static void write_meters(struct scrape *scrape)
{
	static const struct {
		const char *metric, *label, *value, *help;
	} meters[METER_N] = {
#define METER(name, metric, label, value, help) {metric, label, value, help},
#include "meter.def"
#undef METER
	};

	for (size_t i = 0; i < METER_N; i++) {
		const char *metric = meters[i].metric;
		const struct prometheus_label labels[] = {{meters[i].label, meters[i].value}, {0}};
		bool is_labelled = *meters[i].label != '\0';
		uint64_t n = load(&scrape->sum->meters.n[i]);

		if (i == 0 || strcmp(metric, meters[i - 1].metric) != 0)
			prometheus_begin(scrape->out, metric, "counter", meters[i].help);
		if (strstr(metric, "_seconds_") != NULL)
			prometheus_seconds(scrape->out, metric, is_labelled ? labels : NULL, n);
		else
			prometheus_count(scrape->out, metric, is_labelled ? labels : NULL, n);
	}
}

static void write_outcomes(struct scrape *scrape, const struct breaker *breaker)
{
	static const char *const outcomes[CIRCUIT_N_OUTCOMES] = {
		[CIRCUIT_SOUND] = "sound",
		[CIRCUIT_UNSOUND] = "unsound",
		[CIRCUIT_BROKEN] = "broken",
		[CIRCUIT_UNSENT] = "unsent",
		[CIRCUIT_OPEN] = "circuit_open",
	};

	for (size_t i = 0; i < CIRCUIT_N_OUTCOMES; i++) {
		const struct prometheus_label labels[] = {{"host", breaker->host},
			{"path", breaker->path}, {"outcome", outcomes[i]}, {0}};

		prometheus_count(scrape->out, "wxuser_remote_calls_total", labels,
			load(&breaker->outcomes[i]));
	}
}

static void write_call_times(struct scrape *scrape, const struct breaker *breaker)
{
	struct prometheus_label labels[N_LABELS_MAX] = {
		{"host", breaker->host}, {"path", breaker->path}};

	histogram_write(
		&breaker->took, scrape->out, "wxuser_remote_call_duration_seconds", labels);
}

static void write_circuit(struct scrape *scrape, const struct breaker *breaker)
{
	const struct prometheus_label labels[] = {
		{"host", breaker->host}, {"path", breaker->path}, {0}};

	prometheus_count(
		scrape->out, "wxuser_remote_circuit_open", labels, breaker_is_open(breaker));
}

static void write_breakers(struct scrape *scrape,
	void (*write_breaker)(struct scrape *scrape, const struct breaker *breaker))
{
	const struct breaker *breakers = scrape->board->breakers->breakers;

	for (size_t i = 0; i < BREAKER_N; i++)
		if (atomic_load(&breakers[i].is_named))
			write_breaker(scrape, &breakers[i]);
}

static void write_remote(struct scrape *scrape)
{
	prometheus_begin(scrape->out, "wxuser_remote_calls_total", "counter",
		"Calls of WeChat and the SMS gateway, each try by itself.");
	write_breakers(scrape, write_outcomes);
	prometheus_begin(scrape->out, "wxuser_remote_call_duration_seconds", "histogram",
		"What these calls took.");
	write_breakers(scrape, write_call_times);
	prometheus_begin(scrape->out, "wxuser_remote_circuit_open", "gauge",
		"Whether calls are held back after too many failures.");
	write_breakers(scrape, write_circuit);
	prometheus_begin(scrape->out, "wxuser_wechat_last_success_timestamp_seconds", "gauge",
		"When WeChat last answered soundly, since 1970; 0: not since the start.");
	prometheus_seconds(scrape->out, "wxuser_wechat_last_success_timestamp_seconds", NULL,
		(uint64_t)atomic_load(&scrape->board->breakers->last_success_us));
}

void metrics_write(const struct metrics_source *source, struct buf *out)
{
	const struct scoreboard *board = source->board;
	struct scrape scrape = {
		.service = source->service,
		.board = board,
		.sum = heap_alloc(ledger_size(board->n_rows)),
		.out = out,
	};

	for (size_t i = 0; i < board->roll->n_slots; i++)
		ledger_add(scrape.sum, scoreboard_ledger(board, &board->slots[i]), board->n_rows);
	write_program(&scrape);
	write_wanted(&scrape);
	write_workers(&scrape);
	write_standing(&scrape);
	write_ends(&scrape);
	write_requests(&scrape);
	write_queue(&scrape);
	write_meters(&scrape);
	write_remote(&scrape);
	free(scrape.sum);
}

static void write_source(const void *ctx, struct buf *out)
{
	metrics_write(ctx, out);
}

struct exporter metrics_exporter(const struct metrics_source *source)
{
	return (struct exporter){.write = write_source, .ctx = source};
}
