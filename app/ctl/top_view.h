/*
 * What two readings say of the time between them: rates, and quantiles from the differences of
 * histograms. Without an earlier reading, or with one of another run of the program, of the time
 * since its start.
 */
#ifndef TOP_VIEW_H
#define TOP_VIEW_H

#include "top_reading.h"

struct arena;

enum top_order { TOP_BY_RATE, TOP_BY_ERRORS, TOP_BY_P99, TOP_BY_NAME };

/* NAN: there was none to tell from. */
struct top_span {
	double p50_s, p99_s;
};

struct top_line {
	const struct top_endpoint *endpoint;
	double requests_per_s, errors_per_s;
	struct top_span took;
};

struct top_view {
	const struct top_reading *now;
	double seconds; /* what it is of */
	bool is_since_start;
	double requests_per_s, errors_per_s;
	double database_share, remote_share; /* of the time that requests took; NAN: no time */
	struct top_span queued[TOP_N_POOLS_MAX]; /* as now->pools */
	struct top_line *lines; /* as many as now->endpoints, in order */
};

/* before: NULL, or the reading before now. */
void top_view_make(struct arena *arena, const struct top_reading *before,
	const struct top_reading *now, enum top_order order, struct top_view *view_r);

#endif
