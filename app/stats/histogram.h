/*
 * How long something took, counted by fixed bounds, in memory that workers share; all zero is an
 * empty one.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_N_BOUNDS 14

struct buf;
struct prometheus_label;

struct histogram {
	/* What took no longer than each bound, but longer than the one before; the last: longer
	 * than all. */
	_Atomic uint64_t n[HISTOGRAM_N_BOUNDS + 1];
	_Atomic uint64_t sum_us;
};

void histogram_add(struct histogram *histogram, int64_t took_us);
/* The samples of one histogram of the family: labels has room for one more and its end. */
void histogram_write(const struct histogram *histogram, struct buf *out, const char *family,
	struct prometheus_label *labels);

#endif
