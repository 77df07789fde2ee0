/*
 * Writes Prometheus' text format 0.0.4. A family begins with its HELP and TYPE lines. Its samples
 * follow before the next family begins.
 */
#ifndef PROMETHEUS_H
#define PROMETHEUS_H

#include <stdint.h>

#define PROMETHEUS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct buf;

/* The value is escaped when it is written. */
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

#endif
