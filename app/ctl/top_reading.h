/*
 * What the running program says of itself at one moment: the output of its control socket
 * (app/process/control.h) as numbers. Counters count from the program's start; two readings make a
 * rate.
 *
 * Lines that are not known are skipped, and a number whose line is missing is 0, so that a program
 * of another version can be read.
 */
#ifndef TOP_READING_H
#define TOP_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The commands whose output is read. */
#define TOP_COMMANDS "status metrics requests"
/* More than so many are not shown: they share the place behind the last one. */
#define TOP_N_POOLS_MAX 4
#define TOP_N_ENDPOINTS_MAX 256
#define TOP_N_BREAKERS_MAX 64
#define TOP_N_HOSTS_MAX 8
#define TOP_N_BOUNDS_MAX 32

struct arena;

/* How many took no longer than each bound; the last bound is infinite. */
struct top_histogram {
	size_t n_bounds;
	double bounds_s[TOP_N_BOUNDS_MAX], n[TOP_N_BOUNDS_MAX];
};

/* A quantile of what was counted after before: at most so many seconds took this share of it.
 * Counts are taken as spread evenly between two bounds. Returns the last finite bound if it lies
 * above that, NAN if nothing was counted. before: NULL, or with the same bounds. */
double top_quantile(
	const struct top_histogram *before, const struct top_histogram *now, double share);

struct top_pool {
	const char *name;
	double n_configured, n_starting, n_idle, n_busy, n_full, n_draining, n_connections;
	double n_in_flight, in_flight_max; /* requests */
	struct top_histogram queued;
};

/* path "": the dialect's requests that found no endpoint. */
struct top_endpoint {
	const char *dialect, *method, *path;
	double n_requests, n_errors;
	struct top_histogram took;
};

/* Whether both are of the same one. */
bool top_endpoint_is(const struct top_endpoint *a, const struct top_endpoint *b);

struct top_breaker {
	const char *host, *path;
	bool is_open;
};

/* A host of the database. */
struct top_host {
	const char *name, *state; /* state "": nothing is known */
	double n_workers, clock_off_s, n_connections;
};

/* A request in flight. */
struct top_request {
	const char *pool, *pid, *activity, *method, *endpoint; /* the last two "": not known yet */
	double age_s, stalled_s;
};

struct top_reading {
	double read_s, started_s; /* since 1970 */
	const char *program, *pid, *state, *generation;
	double took_s, database_s, remote_s; /* of all requests; of that they waited */
	struct top_pool pools[TOP_N_POOLS_MAX + 1];
	size_t n_pools;
	struct top_endpoint *endpoints;
	size_t n_endpoints;
	struct top_breaker *breakers;
	size_t n_breakers;
	struct top_host hosts[TOP_N_HOSTS_MAX + 1]; /* by name */
	size_t n_hosts;
	struct top_request *requests; /* the oldest first */
	size_t n_requests;
};

/* text is changed and must outlive the reading. */
void top_read(struct arena *arena, char *text, double read_s, struct top_reading *reading_r);

#endif
