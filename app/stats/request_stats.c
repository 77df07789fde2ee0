#include "request_stats.h"

size_t request_stats_size(size_t n_routes)
{
	return sizeof(struct request_stats) + n_routes * sizeof(struct route_stats);
}

static void count_one(_Atomic uint64_t *number)
{
	atomic_fetch_add_explicit(number, 1, memory_order_relaxed);
}

void request_stats_count(struct request_stats *stats, const struct answered_request *request)
{
	struct route_stats *route = &stats->routes[request->route];

	count_one(&route->statuses[http_status_index(request->status)]);
	count_one(&route->errs[request->err]);
	histogram_add(&route->took, request->took_us);
	if (request->queued_us >= 0)
		histogram_add(&stats->queued[request->pool], request->queued_us);
}

/* A struct request_stats consists of such numbers alone. */
void request_stats_add(
	struct request_stats *sum, const struct request_stats *from, size_t n_routes)
{
	_Atomic uint64_t *to = (void *)sum;
	const _Atomic uint64_t *numbers = (const void *)from;

	for (size_t i = 0; i < request_stats_size(n_routes) / sizeof(*to); i++)
		atomic_fetch_add_explicit(&to[i],
			atomic_load_explicit(&numbers[i], memory_order_relaxed),
			memory_order_relaxed);
}
