/*
 * Where a request at hand stands: whose it is, since when, what for, and what its worker is at, as
 * the scoreboard shows it. Nothing of it is the client's: an endpoint's own path, not the one that
 * was asked for.
 */
#ifndef STANDING_H
#define STANDING_H

#include <stdbool.h>
#include <stdint.h>

#include "activity.h"
#include "endpoint.h"
#include "request.h"

struct buf;
struct scoreboard;
struct service;
struct slot;

struct standing {
	int32_t pid;
	enum pool pool;
	const struct endpoint *endpoint; /* NULL: not found yet, or none */
	enum activity activity;
	int64_t age_us;
	int64_t still_us; /* at that for so long at least, by the looks of the master */
	char request_id[REQUEST_ID_SIZE];
};

/* Of the slot's worker; false: it has none at hand, or has just ended one. */
bool standing_read(
	const struct slot *slot, const struct service *service, struct standing *standing_r);
/* A line for each at hand, "request POOL pid=… age_ms=… at=… for_ms=… method=… endpoint=… id=…",
 * without method and endpoint while that is not found. */
void standing_describe_all(
	const struct scoreboard *board, const struct service *service, struct buf *text);
/* The master's look: notes whether the worker has moved since the last one. */
void standing_watch(struct slot *slot, int64_t now_us);

#endif
