/*
 * What one worker counts of its requests, in shared memory. Only that worker writes it. It stays
 * when the worker ends, and the next worker of the slot goes on with it, so that a sum over all
 * slots never falls.
 *
 * Requests are counted by route. A service has a route for each of its endpoints, in their order,
 * then one for each dialect, where a request that finds no endpoint ends.
 */
#ifndef REQUEST_STATS_H
#define REQUEST_STATS_H

#include <stdbool.h>
#include <stddef.h>

#include "counters.h"
#include "err.h"
#include "histogram.h"
#include "http_status.h"
#include "pool.h"

struct route {
	const char *dialect;
	const char *endpoint, *method; /* its path; both "" where none was found */
	bool may_return[ERR_N];
};

struct route_stats {
	_Atomic uint64_t statuses[HTTP_STATUS_N + 1]; /* the last: any other */
	_Atomic uint64_t errs[ERR_N];
	struct histogram took;
};

struct request_stats {
	struct counters counters;
	struct histogram queued[POOL_N]; /* requests, until a worker of the pool had them */
	struct route_stats routes[];
};

struct answered_request {
	size_t route; /* its index */
	enum pool pool; /* of the worker */
	int status;
	enum err err;
	int64_t took_us;
	int64_t queued_us; /* -1: not known */
};

/* Returns the bytes that one struct request_stats needs. */
size_t request_stats_size(size_t n_routes);
void request_stats_count(struct request_stats *stats, const struct answered_request *request);
/* Adds from's numbers to sum's. */
void request_stats_add(
	struct request_stats *sum, const struct request_stats *from, size_t n_routes);

#endif
