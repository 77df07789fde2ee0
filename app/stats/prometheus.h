/*
 * Prometheus' text format 0.0.4. A family is begun by its HELP and TYPE lines, and its samples
 * follow before the next one begins.
 */
#ifndef PROMETHEUS_H
#define PROMETHEUS_H

#include <stdbool.h>
#include <stdint.h>

#define PROMETHEUS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct buf;

/* Escaped here. */
struct prometheus_label {
	const char *name, *value;
};

/* type: counter, gauge or histogram. help has neither a backslash nor a line break. */
void prometheus_begin(struct buf *out, const char *name, const char *type, const char *help);
/* labels ends with a NULL name; NULL: none. */
void prometheus_count(struct buf *out, const char *name, const struct prometheus_label *labels,
	uint64_t value);
void prometheus_seconds(struct buf *out, const char *name, const struct prometheus_label *labels,
	uint64_t value_us);

#define PROMETHEUS_N_LABELS_MAX 8

struct prometheus_sample {
	const char *name;
	struct prometheus_label labels[PROMETHEUS_N_LABELS_MAX + 1]; /* as above */
	double value;
};

/* Reads a line, without its end, in place. False: a comment, or no sample of this format. */
bool prometheus_read(char *line, struct prometheus_sample *sample_r);
/* The value of a label; "": it has none of that name. */
const char *prometheus_label_of(const struct prometheus_sample *sample, const char *name);

#endif
