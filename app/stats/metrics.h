/*
 * The scoreboard as text for Prometheus. Numbers of one moment may differ by what workers count
 * meanwhile; a counter never falls. Labels hold only what no request can multiply: endpoints,
 * dialects, errors, statuses, and the hosts and paths that have a breaker.
 */
#ifndef METRICS_H
#define METRICS_H

struct buf;
struct scoreboard;

void metrics_write(const struct scoreboard *board, struct buf *out);

#endif
