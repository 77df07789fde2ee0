#include "arena.h"
#include "prometheus.h"
#include "str.h"
#include "top_reading.h"

/* ---- Lines of metrics. */

static void add_bucket(struct top_histogram *histogram, const struct prometheus_sample *sample)
{
	top_histogram_add(
		histogram, strtod(prometheus_label_of(sample, "le"), NULL), sample->value);
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

static void take_pool(struct top_reading *reading, const struct prometheus_sample *sample)
{
	static const struct {
		const char *metric, *state;
		size_t offset;
	} numbers[] = {
		{"wxuser_workers_configured", "", offsetof(struct top_pool, n_wanted)},
		{"wxuser_workers", "starting", offsetof(struct top_pool, n_starting)},
		{"wxuser_workers", "idle", offsetof(struct top_pool, n_idle)},
		{"wxuser_workers", "busy", offsetof(struct top_pool, n_busy)},
		{"wxuser_workers", "draining", offsetof(struct top_pool, n_leaving)},
		{"wxuser_connections", "", offsetof(struct top_pool, n_connections)},
	};
	struct top_pool *pool = pool_of(reading, prometheus_label_of(sample, "pool"));

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(sample->name, numbers[i].metric) == 0 &&
			strcmp(prometheus_label_of(sample, "state"), numbers[i].state) == 0)
			*(double *)((char *)pool + numbers[i].offset) = sample->value;
	if (str_starts_with(sample->name, "wxuser_queue_wait_seconds_bucket"))
		add_bucket(&pool->queued, sample);
}

bool top_endpoint_is(const struct top_endpoint *a, const struct top_endpoint *b)
{
	return strcmp(a->dialect, b->dialect) == 0 && strcmp(a->method, b->method) == 0 &&
		strcmp(a->path, b->path) == 0;
}

static struct top_endpoint *endpoint_of(
	struct top_reading *reading, const struct prometheus_sample *sample)
{
	const struct top_endpoint named = {
		.dialect = prometheus_label_of(sample, "dialect"),
		.method = prometheus_label_of(sample, "method"),
		.path = prometheus_label_of(sample, "endpoint"),
	};
	struct top_endpoint *at = reading->endpoints;

	for (; at < reading->endpoints + reading->n_endpoints; at++)
		if (top_endpoint_is(at, &named))
			return at;
	*at = named;
	reading->n_endpoints += reading->n_endpoints < TOP_N_ENDPOINTS_MAX;
	return at;
}

static void take_endpoint(struct top_reading *reading, const struct prometheus_sample *sample)
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

static void take_circuit(struct top_reading *reading, const struct prometheus_sample *sample)
{
	if (strcmp(sample->name, "wxuser_remote_breaker_open") == 0) {
		reading->circuits[reading->n_circuits] = (struct top_circuit){
			.host = prometheus_label_of(sample, "host"),
			.path = prometheus_label_of(sample, "path"),
			.is_open = sample->value != 0,
		};
		reading->n_circuits += reading->n_circuits < TOP_N_CIRCUITS_MAX;
	} else if (strcmp(sample->name, "wxuser_remote_call_duration_seconds_sum") == 0) {
		reading->remote_s += sample->value;
	}
}

static void take_program(struct top_reading *reading, const struct prometheus_sample *sample)
{
	if (strcmp(sample->name, "wxuser_start_time_seconds") == 0)
		reading->started_s = sample->value;
	else if (strcmp(sample->name, "wxuser_database_wait_seconds_total") == 0)
		reading->database_s = sample->value;
}

static void take_sample(struct top_reading *reading, const struct prometheus_sample *sample)
{
	static const struct {
		const char *prefix;
		void (*take)(struct top_reading *reading, const struct prometheus_sample *sample);
	} takers[] = {
		{"wxuser_workers", take_pool},
		{"wxuser_connections", take_pool},
		{"wxuser_queue_wait_", take_pool},
		{"wxuser_requests_total", take_endpoint},
		{"wxuser_request_", take_endpoint},
		{"wxuser_remote_", take_circuit},
		{"", take_program},
	};
	size_t i = 0;

	while (!str_starts_with(sample->name, takers[i].prefix))
		i++;
	takers[i].take(reading, sample);
}

/* ---- Lines of requests and of the status. */

/* KEY=VALUE among words; "": there is none. */
static const char *find_word(struct arena *arena, const char *line, const char *key)
{
	const char *value = strstr(line, key);

	if (value == NULL)
		return "";
	value += strlen(key);
	return arena_strndup(arena, value, strcspn(value, " "));
}

static double find_seconds(struct arena *arena, const char *line, const char *key)
{
	return strtod(find_word(arena, line, key), NULL) / 1000;
}

static void take_request(struct arena *arena, struct top_reading *reading, const char *line)
{
	reading->requests[reading->n_requests++] = (struct top_request){
		.pool = arena_strndup(arena, line, strcspn(line, " ")),
		.pid = find_word(arena, line, " pid="),
		.at = find_word(arena, line, " at="),
		.method = find_word(arena, line, " method="),
		.endpoint = find_word(arena, line, " endpoint="),
		.age_s = find_seconds(arena, line, " age_ms="),
		.still_s = find_seconds(arena, line, " for_ms="),
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

static void take_line(struct arena *arena, struct top_reading *reading, char *line)
{
	static const char request[] = "request ";
	struct prometheus_sample sample;

	if (str_starts_with(line, request))
		take_request(arena, reading, line + strlen(request));
	else if (!str_starts_with(line, "wxuser_") && *line != '#')
		take_status(reading, line);
	else if (prometheus_read(line, &sample))
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

static int older_first(const void *a, const void *b)
{
	const struct top_request *first = a, *second = b;

	return (first->age_s < second->age_s) - (first->age_s > second->age_s);
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
		.circuits = arena_array(arena, struct top_circuit, TOP_N_CIRCUITS_MAX + 1),
		.requests = arena_array(arena, struct top_request, count_lines(text)),
	};
	while ((line = strsep(&text, "\n")) != NULL)
		take_line(arena, reading_r, line);
	qsort(reading_r->requests, reading_r->n_requests, sizeof(*reading_r->requests),
		older_first);
}
