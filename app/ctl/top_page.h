/*
 * What two readings say of the time between them, as a page of text: rates, and quantiles from the
 * differences of histograms. Without an earlier reading, or with one of another run of the program,
 * the time is that since the program's start.
 */
#ifndef TOP_PAGE_H
#define TOP_PAGE_H

#include "top_reading.h"

struct arena;
struct buf;

/* In the order of the choices of "top --sort". */
enum top_order { TOP_BY_RATE, TOP_BY_ERRORS, TOP_BY_P99, TOP_BY_NAME };

/* NAN: nothing was measured. */
struct top_quantiles {
	double p50_s, p99_s;
};

struct top_line {
	const struct top_endpoint *endpoint;
	double requests_per_s, errors_per_s;
	struct top_quantiles took;
};

struct top_page {
	const struct top_reading *now;
	double seconds; /* of the time that the rates are of */
	bool is_since_start;
	double requests_per_s, errors_per_s;
	double database_share, remote_share; /* of the time that requests took; NAN: no time */
	struct top_quantiles queued[TOP_N_POOLS_MAX]; /* as now->pools */
	double connections_per_s[TOP_N_HOSTS_MAX];    /* opened; as now->hosts */
	struct top_line *lines;                       /* as many as now->endpoints, in order */
};

/* before: NULL, or the reading before now. */
void top_page_make(struct arena *arena, const struct top_reading *before,
	const struct top_reading *now, enum top_order order, struct top_page *page_r);
void top_page_write(const struct top_page *page, struct buf *out);

#endif
