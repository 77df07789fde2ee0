/*
 * A histogram as Prometheus' text has it: how many took no longer than each bound. The last bound
 * is infinite.
 */
#ifndef TOP_HISTOGRAM_H
#define TOP_HISTOGRAM_H

#include <stddef.h>

#define TOP_N_BOUNDS_MAX 32

struct top_histogram {
	size_t n_bounds;
	double bounds_s[TOP_N_BOUNDS_MAX], n[TOP_N_BOUNDS_MAX];
};

/* The next bound. */
void top_histogram_add(struct top_histogram *histogram, double bound_s, double n);
/* How long at most this share of those took that were counted after before: spread evenly between
 * two bounds; the last finite bound where it was longer; NAN: there were none. before: NULL, or
 * with the same bounds. */
double top_histogram_quantile(
	const struct top_histogram *before, const struct top_histogram *now, double share);

#endif
