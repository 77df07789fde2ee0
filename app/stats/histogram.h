/*
 * A histogram of durations with fixed bounds, in memory that workers share. Zeroed memory is an
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
	/* Durations up to each bound and above the one before; the last: above all bounds. */
	_Atomic uint64_t n[HISTOGRAM_N_BOUNDS + 1];
	_Atomic uint64_t sum_us;
};

void histogram_add(struct histogram *histogram, int64_t took_us);
/* Appends the samples of one histogram of the family. The array labels has room for one more label
 * and its end. */
void histogram_write(const struct histogram *histogram, struct buf *out, const char *family,
	struct prometheus_label *labels);

#endif
