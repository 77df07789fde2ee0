/*
 * The scoreboard as Prometheus reads it. Numbers of one moment may differ by what workers count
 * meanwhile; those of a counter never fall. What no request can widen is labelled: endpoints,
 * dialects, errors, statuses, and the hosts and paths that have a breaker.
 */
#ifndef METRICS_H
#define METRICS_H

#include "exporter.h"

struct scoreboard;
struct service;

struct metrics_source {
	const struct service *service;
	const struct scoreboard *board;
};

void metrics_write(const struct metrics_source *source, struct buf *out);
/* source must outlive it. */
struct exporter metrics_exporter(const struct metrics_source *source);

#endif
