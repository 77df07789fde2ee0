#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "str.h"
#include "top_reading.h"

/* ---- Histograms. */

static double n_at(const struct top_histogram *before, const struct top_histogram *now, size_t i)
{
	return before != NULL && i < before->n_bounds ? now->n[i] - before->n[i] : now->n[i];
}

double top_quantile(
	const struct top_histogram *before, const struct top_histogram *now, double share)
{
	size_t last = now->n_bounds - 1;
	double wanted, lower_s, n_below;
	size_t i = 0;

	if (now->n_bounds < 2 || n_at(before, now, last) <= 0)
		return NAN;
	wanted = share * n_at(before, now, last);
	while (i < last && n_at(before, now, i) < wanted)
		i++;
	if (i == last)
		return now->bounds_s[last - 1];
	lower_s = i == 0 ? 0 : now->bounds_s[i - 1];
	n_below = i == 0 ? 0 : n_at(before, now, i - 1);
	return lower_s +
		(now->bounds_s[i] - lower_s) * (wanted - n_below) /
		(n_at(before, now, i) - n_below);
}

/* ---- Values of a line. */

/* What follows key in a line, up to one of ends, in the arena; "": key is not there. */
static const char *find_value(
	struct arena *arena, const char *line, const char *key, const char *ends)
{
	const char *value = strstr(line, key);

	if (value == NULL)
		return "";
	value += strlen(key);
	return arena_strndup(arena, value, strcspn(value, ends));
}

/* ---- Lines of metrics: NAME VALUE, or NAME{LABEL="…",…} VALUE. Our labels need no escapes. */

struct sample {
	struct arena *arena;
	const char *name, *labels;
	double value;
};

static bool read_sample(struct arena *arena, char *line, struct sample *sample_r)
{
	char *name_end = strpbrk(line, "{ ");
	const char *value = name_end == NULL ? NULL : strrchr(name_end, ' ');

	if (value == NULL)
		return false;
	*sample_r = (struct sample){
		.arena = arena,
		.name = line,
		.labels = name_end + 1,
		.value = strtod(value + 1, NULL),
	};
	*name_end = '\0';
	return true;
}

/* label: NAME=" */
static const char *label_of(const struct sample *sample, const char *label)
{
	return find_value(sample->arena, sample->labels, label, "\"");
}

static void add_bucket(struct top_histogram *histogram, const struct sample *sample)
{
	if (histogram->n_bounds == TOP_N_BOUNDS_MAX)
		return;
	histogram->bounds_s[histogram->n_bounds] = strtod(label_of(sample, "le=\""), NULL);
	histogram->n[histogram->n_bounds++] = sample->value;
}

static struct top_pool *pool_of(struct top_reading *reading, const char *name)
{
	struct top_pool *at = reading->pools;

	for (; at < reading->pools + reading->n_pools; at++)
		if (strcmp(at->name, name) == 0)
			return at;
	at->name = name;
	reading->n_pools += reading->n_pools < TOP_N_POOLS_MAX;
	return at;
}

/* The same metric has a sample for each activity, of which the sum counts. */
static void take_in_flight(struct top_reading *reading, const struct sample *sample)
{
	pool_of(reading, label_of(sample, "pool=\""))->n_in_flight += sample->value;
}

static void take_pool(struct top_reading *reading, const struct sample *sample)
{
	static const struct {
		const char *metric, *state;
		size_t offset;
	} numbers[] = {
		{"wxuser_workers_configured", "", offsetof(struct top_pool, n_configured)},
		{"wxuser_workers", "starting", offsetof(struct top_pool, n_starting)},
		{"wxuser_workers", "idle", offsetof(struct top_pool, n_idle)},
		{"wxuser_workers", "busy", offsetof(struct top_pool, n_busy)},
		{"wxuser_workers", "draining", offsetof(struct top_pool, n_draining)},
		{"wxuser_workers_full", "", offsetof(struct top_pool, n_full)},
		{"wxuser_requests_in_flight_max", "", offsetof(struct top_pool, in_flight_max)},
		{"wxuser_connections", "", offsetof(struct top_pool, n_connections)},
	};
	struct top_pool *pool = pool_of(reading, label_of(sample, "pool=\""));
	const char *state = label_of(sample, "state=\"");

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(sample->name, numbers[i].metric) == 0 &&
			strcmp(state, numbers[i].state) == 0)
			*(double *)((char *)pool + numbers[i].offset) = sample->value;
	if (strcmp(sample->name, "wxuser_queue_wait_seconds_bucket") == 0)
		add_bucket(&pool->queued, sample);
}

bool top_endpoint_is(const struct top_endpoint *a, const struct top_endpoint *b)
{
	return strcmp(a->dialect, b->dialect) == 0 && strcmp(a->method, b->method) == 0 &&
		strcmp(a->path, b->path) == 0;
}

static struct top_endpoint *endpoint_of(struct top_reading *reading, const struct sample *sample)
{
	const struct top_endpoint named = {
		.dialect = label_of(sample, "dialect=\""),
		.method = label_of(sample, "method=\""),
		.path = label_of(sample, "endpoint=\""),
	};
	struct top_endpoint *at = reading->endpoints;

	for (; at < reading->endpoints + reading->n_endpoints; at++)
		if (top_endpoint_is(at, &named))
			return at;
	*at = named;
	reading->n_endpoints += reading->n_endpoints < TOP_N_ENDPOINTS_MAX;
	return at;
}

static void take_endpoint(struct top_reading *reading, const struct sample *sample)
{
	struct top_endpoint *endpoint = endpoint_of(reading, sample);

	if (strcmp(sample->name, "wxuser_requests_total") == 0)
		endpoint->n_requests += sample->value;
	else if (strcmp(sample->name, "wxuser_request_errors_total") == 0)
		endpoint->n_errors += sample->value;
	else if (strcmp(sample->name, "wxuser_request_duration_seconds_bucket") == 0)
		add_bucket(&endpoint->took, sample);
	else if (strcmp(sample->name, "wxuser_request_duration_seconds_sum") == 0)
		reading->took_s += sample->value;
}

static void take_remote(struct top_reading *reading, const struct sample *sample)
{
	if (strcmp(sample->name, "wxuser_remote_breaker_open") == 0) {
		reading->breakers[reading->n_breakers] = (struct top_breaker){
			.host = label_of(sample, "host=\""),
			.path = label_of(sample, "path=\""),
			.is_open = sample->value != 0,
		};
		reading->n_breakers += reading->n_breakers < TOP_N_BREAKERS_MAX;
	} else if (strcmp(sample->name, "wxuser_remote_call_duration_seconds_sum") == 0) {
		reading->remote_s += sample->value;
	}
}

static struct top_host *host_of(struct top_reading *reading, const char *name)
{
	struct top_host *at = reading->hosts;

	for (; at < reading->hosts + reading->n_hosts; at++)
		if (strcmp(at->name, name) == 0)
			return at;
	*at = (struct top_host){.name = name, .state = "unknown"};
	reading->n_hosts += reading->n_hosts < TOP_N_HOSTS_MAX;
	return at;
}

static void take_host(struct top_reading *reading, const struct sample *sample)
{
	struct top_host *host = host_of(reading, label_of(sample, "host=\""));

	if (strcmp(sample->name, "wxuser_database_host_workers") == 0)
		host->n_workers = sample->value;
	else if (strcmp(sample->name, "wxuser_database_host_clock_off_seconds") == 0)
		host->clock_off_s = sample->value;
	else if (strcmp(sample->name, "wxuser_database_host_connections_total") == 0)
		host->n_connections = sample->value;
	else if (strcmp(sample->name, "wxuser_database_host_state") == 0 && sample->value != 0)
		host->state = label_of(sample, "state=\"");
}

static void take_program(struct top_reading *reading, const struct sample *sample)
{
	if (strcmp(sample->name, "wxuser_start_time_seconds") == 0)
		reading->started_s = sample->value;
	else if (strcmp(sample->name, "wxuser_database_wait_seconds_total") == 0)
		reading->database_s = sample->value;
}

static void take_sample(struct top_reading *reading, const struct sample *sample)
{
	static const struct {
		const char *prefix;
		void (*take)(struct top_reading *reading, const struct sample *sample);
	} takers[] = {
		{"wxuser_workers", take_pool},
		{"wxuser_connections", take_pool},
		{"wxuser_queue_wait_", take_pool},
		{"wxuser_requests_in_flight_max", take_pool},
		{"wxuser_requests_in_flight", take_in_flight},
		{"wxuser_requests_total", take_endpoint},
		{"wxuser_request_", take_endpoint},
		{"wxuser_remote_", take_remote},
		{"wxuser_database_host_", take_host},
		{"", take_program},
	};
	size_t i = 0;

	while (!str_starts_with(sample->name, takers[i].prefix))
		i++;
	takers[i].take(reading, sample);
}

/* ---- Lines of requests and of the status. */

static double find_seconds(struct arena *arena, const char *line, const char *key)
{
	return strtod(find_value(arena, line, key, " "), NULL) / 1000;
}

static void take_request(struct arena *arena, struct top_reading *reading, const char *line)
{
	reading->requests[reading->n_requests++] = (struct top_request){
		.pool = find_value(arena, line, "request ", " "),
		.pid = find_value(arena, line, " pid=", " "),
		.activity = find_value(arena, line, " at=", " "),
		.method = find_value(arena, line, " method=", " "),
		.endpoint = find_value(arena, line, " endpoint=", " "),
		.age_s = find_seconds(arena, line, " age_ms="),
		.stalled_s = find_seconds(arena, line, " for_ms="),
	};
}

static void take_status(struct top_reading *reading, const char *line)
{
	static const struct {
		const char *name;
		size_t offset;
	} values[] = {
		{"program ", offsetof(struct top_reading, program)},
		{"pid ", offsetof(struct top_reading, pid)},
		{"state ", offsetof(struct top_reading, state)},
		{"generation ", offsetof(struct top_reading, generation)},
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (str_starts_with(line, values[i].name))
			*(const char **)((char *)reading + values[i].offset) =
				line + strlen(values[i].name);
}

static void top_take_line(struct arena *arena, struct top_reading *reading, char *line)
{
	struct sample sample;

	if (str_starts_with(line, "request "))
		take_request(arena, reading, line);
	else if (!str_starts_with(line, "wxuser_"))
		take_status(reading, line);
	else if (read_sample(arena, line, &sample))
		take_sample(reading, &sample);
}

/* ---- The whole. */

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static int compare_ages(const void *a, const void *b)
{
	const struct top_request *first = a, *second = b;

	return (first->age_s < second->age_s) - (first->age_s > second->age_s);
}

static int compare_hosts(const void *a, const void *b)
{
	return strcmp(((const struct top_host *)a)->name, ((const struct top_host *)b)->name);
}

void top_read(struct arena *arena, char *text, double read_s, struct top_reading *reading_r)
{
	char *line;

	*reading_r = (struct top_reading){
		.read_s = read_s,
		.program = "",
		.pid = "",
		.state = "",
		.generation = "",
		.endpoints = arena_array(arena, struct top_endpoint, TOP_N_ENDPOINTS_MAX + 1),
		.breakers = arena_array(arena, struct top_breaker, TOP_N_BREAKERS_MAX + 1),
		.requests = arena_array(arena, struct top_request, count_lines(text)),
	};
	while ((line = strsep(&text, "\n")) != NULL)
		top_take_line(arena, reading_r, line);
	qsort(reading_r->hosts, reading_r->n_hosts, sizeof(*reading_r->hosts), compare_hosts);
	qsort(reading_r->requests, reading_r->n_requests, sizeof(*reading_r->requests),
		compare_ages);
}
