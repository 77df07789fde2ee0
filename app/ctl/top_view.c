#include <math.h>

#include "arena.h"
#include "top_view.h"

static struct top_span span_of(
	const struct top_histogram *before, const struct top_histogram *now)
{
	return (struct top_span){
		.p50_s = top_histogram_quantile(before, now, 0.50),
		.p99_s = top_histogram_quantile(before, now, 0.99),
	};
}

/* NULL: it was not there. */
static const struct top_endpoint *find_endpoint(
	const struct top_reading *before, const struct top_endpoint *endpoint)
{
	for (size_t i = 0; before != NULL && i < before->n_endpoints; i++)
		if (top_endpoint_is(&before->endpoints[i], endpoint))
			return &before->endpoints[i];
	return NULL;
}

static struct top_line line_of(
	const struct top_endpoint *before, const struct top_endpoint *now, double seconds)
{
	static const struct top_endpoint nothing;
	const struct top_endpoint *old = before == NULL ? &nothing : before;

	return (struct top_line){
		.endpoint = now,
		.requests_per_s = (now->n_requests - old->n_requests) / seconds,
		.errors_per_s = (now->n_errors - old->n_errors) / seconds,
		.took = span_of(before == NULL ? NULL : &before->took, &now->took),
	};
}

/* More first, and what is not known last. */
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

static void make_lines(struct arena *arena, const struct top_reading *before,
	enum top_order order, struct top_view *view)
{
	static int (*const comparisons[])(const void *a, const void *b) = {
		[TOP_BY_RATE] = by_rate,
		[TOP_BY_ERRORS] = by_errors,
		[TOP_BY_P99] = by_p99,
		[TOP_BY_NAME] = by_name,
	};
	const struct top_reading *now = view->now;

	view->lines = arena_array(arena, struct top_line, now->n_endpoints + 1);
	for (size_t i = 0; i < now->n_endpoints; i++) {
		const struct top_endpoint *endpoint = &now->endpoints[i];

		view->lines[i] =
			line_of(find_endpoint(before, endpoint), endpoint, view->seconds);
		view->requests_per_s += view->lines[i].requests_per_s;
		view->errors_per_s += view->lines[i].errors_per_s;
	}
	qsort(view->lines, now->n_endpoints, sizeof(*view->lines), comparisons[order]);
}

/* Waits are counted as they end, requests when they are answered, and jobs belong to none. */
static double share_of(double waited_s, double took_s)
{
	if (took_s <= 0)
		return NAN;
	return waited_s < took_s ? waited_s / took_s : 1;
}

void top_view_make(struct arena *arena, const struct top_reading *before,
	const struct top_reading *now, enum top_order order, struct top_view *view_r)
{
	static const struct top_reading nothing;
	const struct top_reading *old;

	if (before != NULL && before->started_s != now->started_s)
		before = NULL;
	old = before == NULL ? &nothing : before;
	*view_r = (struct top_view){
		.now = now,
		.seconds = now->read_s - (before == NULL ? now->started_s : before->read_s),
		.is_since_start = before == NULL,
		.database_share = share_of(
			now->database_s - old->database_s, now->took_s - old->took_s),
		.remote_share =
			share_of(now->remote_s - old->remote_s, now->took_s - old->took_s),
	};
	make_lines(arena, before, order, view_r);
	for (size_t i = 0; i < now->n_pools; i++)
		view_r->queued[i] = span_of(i < old->n_pools ? &old->pools[i].queued : NULL,
			&now->pools[i].queued);
}
