#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "top_page.h"

#define NUMBER_SIZE 32

/* ---- What two readings say. */

static struct top_quantiles quantiles_of(
	const struct top_histogram *before, const struct top_histogram *now)
{
	return (struct top_quantiles){
		.p50_s = top_quantile(before, now, 0.50),
		.p99_s = top_quantile(before, now, 0.99),
	};
}

/* Returns NULL if the endpoint was not there. */
static const struct top_endpoint *find_earlier(
	const struct top_reading *before, const struct top_endpoint *endpoint)
{
	for (size_t i = 0; before != NULL && i < before->n_endpoints; i++)
		if (top_endpoint_is(&before->endpoints[i], endpoint))
			return &before->endpoints[i];
	return NULL;
}

static struct top_line compare_endpoint(
	const struct top_endpoint *before, const struct top_endpoint *now, double seconds)
{
	static const struct top_endpoint nothing;
	const struct top_endpoint *old = before == NULL ? &nothing : before;

	return (struct top_line){
		.endpoint = now,
		.requests_per_s = (now->n_requests - old->n_requests) / seconds,
		.errors_per_s = (now->n_errors - old->n_errors) / seconds,
		.took = quantiles_of(before == NULL ? NULL : &before->took, &now->took),
	};
}

/* Larger numbers come first, unknown ones last. */
static int compare_numbers(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return (a < b) - (a > b);
}

static int by_name(const void *a, const void *b)
{
	const struct top_endpoint *first = ((const struct top_line *)a)->endpoint;
	const struct top_endpoint *second = ((const struct top_line *)b)->endpoint;
	int difference = strcmp(first->dialect, second->dialect);

	if (difference == 0)
		difference = strcmp(first->path, second->path);
	return difference != 0 ? difference : strcmp(first->method, second->method);
}

static int by_rate(const void *a, const void *b)
{
	const struct top_line *first = a, *second = b;
	int difference = compare_numbers(first->requests_per_s, second->requests_per_s);

	return difference != 0 ? difference : by_name(a, b);
}

static int by_errors(const void *a, const void *b)
{
	const struct top_line *first = a, *second = b;
	int difference = compare_numbers(first->errors_per_s, second->errors_per_s);

	return difference != 0 ? difference : by_rate(a, b);
}

static int by_p99(const void *a, const void *b)
{
	const struct top_line *first = a, *second = b;
	int difference = compare_numbers(first->took.p99_s, second->took.p99_s);

	return difference != 0 ? difference : by_rate(a, b);
}

static void make_lines(struct arena *arena, const struct top_reading *before, enum top_order order,
	struct top_page *page)
{
	static int (*const comparisons[])(const void *a, const void *b) = {
		[TOP_BY_RATE] = by_rate,
		[TOP_BY_ERRORS] = by_errors,
		[TOP_BY_P99] = by_p99,
		[TOP_BY_NAME] = by_name,
	};
	const struct top_reading *now = page->now;

	page->lines = arena_array(arena, struct top_line, now->n_endpoints + 1);
	for (size_t i = 0; i < now->n_endpoints; i++) {
		const struct top_endpoint *endpoint = &now->endpoints[i];

		page->lines[i] =
			compare_endpoint(find_earlier(before, endpoint), endpoint, page->seconds);
		page->requests_per_s += page->lines[i].requests_per_s;
		page->errors_per_s += page->lines[i].errors_per_s;
	}
	qsort(page->lines, now->n_endpoints, sizeof(*page->lines), comparisons[order]);
}

/* waited_s may exceed took_s: a wait counts when it ends, a request when it is answered, and jobs
 * belong to no request. */
static double share_of(double waited_s, double took_s)
{
	if (took_s <= 0)
		return NAN;
	return waited_s < took_s ? waited_s / took_s : 1;
}

/* Returns 0 if the host was not there. */
static double n_connections_to(const struct top_reading *old, const struct top_host *host)
{
	for (size_t i = 0; i < old->n_hosts; i++)
		if (strcmp(old->hosts[i].name, host->name) == 0)
			return old->hosts[i].n_connections;
	return 0;
}

void top_page_make(struct arena *arena, const struct top_reading *before,
	const struct top_reading *now, enum top_order order, struct top_page *page_r)
{
	static const struct top_reading nothing;
	const struct top_reading *old;

	if (before != NULL && before->started_s != now->started_s)
		before = NULL;
	old = before == NULL ? &nothing : before;
	*page_r = (struct top_page){
		.now = now,
		.seconds = now->read_s - (before == NULL ? now->started_s : before->read_s),
		.is_since_start = before == NULL,
		.database_share =
			share_of(now->database_s - old->database_s, now->took_s - old->took_s),
		.remote_share = share_of(now->remote_s - old->remote_s, now->took_s - old->took_s),
	};
	make_lines(arena, before, order, page_r);
	for (size_t i = 0; i < now->n_pools; i++)
		page_r->queued[i] = quantiles_of(
			i < old->n_pools ? &old->pools[i].queued : NULL, &now->pools[i].queued);
	for (size_t i = 0; i < now->n_hosts; i++)
		page_r->connections_per_s[i] =
			(now->hosts[i].n_connections - n_connections_to(old, &now->hosts[i])) /
			page_r->seconds;
}

/* ---- Numbers as text. */

static const char *span_text(double seconds, char text_r[NUMBER_SIZE])
{
	if (isnan(seconds))
		snprintf(text_r, NUMBER_SIZE, "-");
	else if (seconds < 0.01)
		snprintf(text_r, NUMBER_SIZE, "%.1fms", seconds * 1000);
	else if (seconds < 1)
		snprintf(text_r, NUMBER_SIZE, "%.0fms", seconds * 1000);
	else
		snprintf(text_r, NUMBER_SIZE, "%.1fs", seconds);
	return text_r;
}

static const char *share_text(double share, char text_r[NUMBER_SIZE])
{
	if (isnan(share))
		snprintf(text_r, NUMBER_SIZE, "-");
	else
		snprintf(text_r, NUMBER_SIZE, "%.0f%%", share * 100);
	return text_r;
}

/* 3d 04:05:06 */
static const char *age_text(double seconds, char text_r[NUMBER_SIZE])
{
	int64_t s = seconds > 0 ? (int64_t)seconds : 0;
	int64_t days = s / 86400;
	size_t size = 0;

	if (days > 0)
		size = (size_t)snprintf(text_r, NUMBER_SIZE, "%lldd ", (long long)days);
	snprintf(text_r + size, NUMBER_SIZE - size, "%02d:%02d:%02d", (int)(s / 3600 % 24),
		(int)(s / 60 % 60), (int)(s % 60));
	return text_r;
}

/* ---- The parts of a page. */

static void page_write_program(const struct top_page *page, struct buf *out)
{
	const struct top_reading *now = page->now;
	char text[NUMBER_SIZE], other_text[NUMBER_SIZE];

	buf_printf(out, "%s  pid %s  %s  generation %s  up %s\n", now->program, now->pid,
		now->state, now->generation, age_text(now->read_s - now->started_s, text));
	if (page->is_since_start)
		buf_append_str(out, "since start");
	else
		buf_printf(out, "in %.1f s", page->seconds);
	buf_printf(out, ": %.1f requests/s  %.1f errors/s  waits: database %s, remote %s\n",
		page->requests_per_s, page->errors_per_s, share_text(page->database_share, text),
		share_text(page->remote_share, other_text));
}

static void page_write_breakers(const struct top_page *page, struct buf *out)
{
	const struct top_reading *now = page->now;
	size_t n_open = 0;

	for (size_t i = 0; i < now->n_breakers; i++) {
		const struct top_breaker *breaker = &now->breakers[i];

		if (breaker->is_open)
			buf_printf(out, "%s %s/%s", n_open++ == 0 ? "breakers open:" : "",
				breaker->host, breaker->path);
	}
	if (n_open == 0)
		buf_printf(out, "breakers: %zu, none open", now->n_breakers);
	buf_append_char(out, '\n');
}

static void page_write_hosts(const struct top_page *page, struct buf *out)
{
	buf_append_str(out, "WORKERS CONNECTIONS/s CLOCK OFF  STATE        DATABASE HOST\n");
	for (size_t i = 0; i < page->now->n_hosts; i++) {
		const struct top_host *host = &page->now->hosts[i];
		char clock_off[NUMBER_SIZE];

		buf_printf(out, "%7.0f %13.1f %9s  %-11s  %s\n", host->n_workers,
			page->connections_per_s[i], span_text(host->clock_off_s, clock_off),
			host->state, host->name);
	}
}

static void page_write_pools(const struct top_page *page, struct buf *out)
{
	buf_append_str(out,
		"POOL    CONFIGURED STARTING  IDLE  BUSY  FULL DRAINING IN FLIGHT    MAX "
		"CONNECTIONS  QUEUED p50     p99\n");
	for (size_t i = 0; i < page->now->n_pools; i++) {
		const struct top_pool *pool = &page->now->pools[i];
		char p50[NUMBER_SIZE], p99[NUMBER_SIZE];

		buf_printf(out,
			"%-7s %10.0f %8.0f %5.0f %5.0f %5.0f %8.0f %9.0f %6.0f %11.0f %11s %7s\n",
			pool->name, pool->n_configured, pool->n_starting, pool->n_idle,
			pool->n_busy, pool->n_full, pool->n_draining, pool->n_in_flight,
			pool->in_flight_max, pool->n_connections,
			span_text(page->queued[i].p50_s, p50),
			span_text(page->queued[i].p99_s, p99));
	}
}

static void page_write_endpoints(const struct top_page *page, struct buf *out)
{
	buf_append_str(out, "REQUESTS/s ERRORS/s     p50     p99  ENDPOINT\n");
	for (size_t i = 0; i < page->now->n_endpoints; i++) {
		const struct top_line *line = &page->lines[i];
		const struct top_endpoint *endpoint = line->endpoint;
		char p50[NUMBER_SIZE], p99[NUMBER_SIZE];

		buf_printf(out, "%10.1f %8.1f %7s %7s  %s %s%s%s\n", line->requests_per_s,
			line->errors_per_s, span_text(line->took.p50_s, p50),
			span_text(line->took.p99_s, p99), endpoint->dialect, endpoint->method,
			*endpoint->method == '\0' ? "(none)" : " ", endpoint->path);
	}
}

static void page_write_requests(const struct top_page *page, struct buf *out)
{
	buf_append_str(out, "POOL         PID     AGE  AT            FOR  ENDPOINT\n");
	for (size_t i = 0; i < page->now->n_requests; i++) {
		const struct top_request *request = &page->now->requests[i];
		char age[NUMBER_SIZE], stalled[NUMBER_SIZE];

		buf_printf(out, "%-7s %8s %7s  %-9s %7s  %s %s\n", request->pool, request->pid,
			span_text(request->age_s, age), request->activity,
			span_text(request->stalled_s, stalled), request->method, request->endpoint);
	}
}

void top_page_write(const struct top_page *page, struct buf *out)
{
	page_write_program(page, out);
	page_write_breakers(page, out);
	buf_append_char(out, '\n');
	page_write_pools(page, out);
	buf_append_char(out, '\n');
	page_write_hosts(page, out);
	buf_append_char(out, '\n');
	page_write_endpoints(page, out);
	buf_append_char(out, '\n');
	page_write_requests(page, out);
}
