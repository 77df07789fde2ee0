/*
 * What master and workers of one program share: a slot and a ledger for each worker,
 * breakers and token buckets, in one mapping made before the fork. It needs no lock and no repair
 * when a worker is killed.
 */
#ifndef SCOREBOARD_H
#define SCOREBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "breaker.h"
#include "bucket.h"
#include "ledger.h"

enum worker_state {
	WORKER_VACANT,
	WORKER_STARTING,
	WORKER_READY,
};

/* On cache lines of its own. The master fills it before the fork and clears it after the end; in
 * between state, n_requests and what is said of the request are its worker's. */
struct slot {
	_Alignas(128) _Atomic int32_t pid;
	_Atomic int32_t state;         /* enum worker_state */
	enum pool pool;
	uint32_t generation;           /* whose configuration it has */
	int64_t started_us;            /* clock_monotonic_us(), as all below that end so */
	int64_t told_us;               /* when it was told to end; 0: not */
	int64_t aborted_us;            /* when the watchdog aborted it; 0: not */
	_Atomic int64_t request_us;    /* since when a request is at hand; 0: none */
	_Atomic uint64_t activity;     /* as activity.h shows it */
	_Atomic uint64_t n_requests;
	_Atomic uint32_t n_connections; /* that it holds, idle ones too */
	_Atomic int32_t endpoint;      /* of the request at hand, its place from 1; 0: none yet */
	char request_id[REQUEST_ID_SIZE];
	/* What the master saw there, and since when. */
	uint64_t seen_activity;
	int64_t seen_us;
};

enum worker_end {
	WORKER_DONE,    /* told to, or has served enough */
	WORKER_FAILED,
	WORKER_KILLED,  /* by a signal: crashed, or from outside */
	WORKER_OVERDUE, /* by the watchdog */
	WORKER_N_ENDS
};

/* What the master alone writes, for all to read. */
struct roll {
	_Atomic size_t n_slots;          /* that have been taken at some time */
	_Atomic size_t n_wanted[POOL_N]; /* workers */
	_Atomic uint64_t ends[POOL_N][WORKER_N_ENDS];
};

struct scoreboard {
	size_t n_slots_max, n_rows;
	int64_t began_us; /* clock_now_us() */
	struct slot *slots;
	char *ledgers; /* see scoreboard_ledger() */
	struct roll *roll;
	_Atomic uint32_t *n_received; /* requests */
	_Atomic int64_t *misrouted_us; /* see scoreboard_tell_misrouted() */
	struct breaker_table *breakers;
	struct bucket_table *buckets;
	void *mapping;
	size_t mapping_size;
};

/* n_rows: of each ledger. NULL: errno. */
struct scoreboard *scoreboard_new(size_t n_slots_max, size_t n_rows);
void scoreboard_free(struct scoreboard *board);

/* Before the fork: a slot becomes a starting worker's. NULL: all are taken. */
struct slot *scoreboard_take(struct scoreboard *board, enum pool pool, uint32_t generation);
void scoreboard_give_back(struct slot *slot);

/* What the workers of a pool do. */
struct tally {
	size_t n_starting, n_idle, n_busy;
	size_t n_leaving; /* told to end, and counted nowhere else */
	size_t n_connections;
};

/* generation 0: of all. */
struct tally scoreboard_tally(
	const struct scoreboard *board, enum pool pool, uint32_t generation);

/* A number for a request: from 1, again after INT32_MAX. */
int32_t scoreboard_number(struct scoreboard *board);
void scoreboard_begin_request(struct slot *slot, const char *request_id, int64_t now_us);
void scoreboard_end_request(struct slot *slot);
/* Whether a request that came to the wrong pool is to be logged: one in an hour is. */
bool scoreboard_tell_misrouted(struct scoreboard *board, int64_t now_us);
/* A slot's, which stays when the slot is given back. */
struct ledger *scoreboard_ledger(const struct scoreboard *board, const struct slot *slot);
void scoreboard_count_end(struct scoreboard *board, const struct slot *slot, enum worker_end end);

#endif
