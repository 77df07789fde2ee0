/*
 * What the running program told of itself at one time, as top needs it: the text of its status
 * socket (app/process/control.h) as numbers. Counters are those since its start; two readings make
 * a rate.
 *
 * What the text has more is passed over, and what it lacks is 0, so that a program of another
 * version can be looked at.
 */
#ifndef TOP_READING_H
#define TOP_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "top_histogram.h"

#define TOP_WORDS "status metrics requests"
/* What there is more of lies behind the last one, and is not shown. */
#define TOP_N_POOLS_MAX 4
#define TOP_N_ENDPOINTS_MAX 256
#define TOP_N_CIRCUITS_MAX 64

struct arena;

struct top_pool {
	const char *name;
	double n_wanted, n_starting, n_idle, n_busy, n_leaving, n_connections;
	struct top_histogram queued;
};

/* path "": what found no endpoint in the dialect. */
struct top_endpoint {
	const char *dialect, *method, *path;
	double n_requests, n_errors;
	struct top_histogram took;
};

/* Whether both are of the same one. */
bool top_endpoint_is(const struct top_endpoint *a, const struct top_endpoint *b);

struct top_circuit {
	const char *host, *path;
	bool is_open;
};

struct top_request {
	const char *pool, *pid, *at, *method, *endpoint; /* the last two "": not known yet */
	double age_s, still_s;
};

struct top_reading {
	double read_s, started_s; /* since 1970 */
	const char *program, *pid, *state, *generation;
	double took_s, database_s, remote_s; /* requests in all; of that they waited */
	struct top_pool pools[TOP_N_POOLS_MAX + 1];
	size_t n_pools;
	struct top_endpoint *endpoints;
	size_t n_endpoints;
	struct top_circuit *circuits;
	size_t n_circuits;
	struct top_request *requests; /* the oldest first */
	size_t n_requests;
};

/* text is changed and must outlive the reading. */
void top_read(struct arena *arena, char *text, double read_s, struct top_reading *reading_r);

#endif
