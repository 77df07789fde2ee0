/*
 * The memory that master and workers of one program share, mapped before the first fork: for each
 * worker a slot, an entry for each request that it may hold, and request statistics; breakers,
 * token buckets, nodes of the database and times of jobs. All programs of a machine may share
 * breakers and buckets. It needs no lock, and no repair when a worker is killed.
 */
#ifndef SCOREBOARD_H
#define SCOREBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "activity.h"
#include "log.h"
#include "pool.h"

struct breaker_table;
struct bucket_table;
struct buf;
struct job_times;
struct node_table;
struct request_stats;
struct route;

enum worker_state {
	WORKER_VACANT,
	WORKER_STARTING,
	WORKER_READY,
};

/* A worker's place, on cache lines of its own. The master fills it before the fork and clears it
 * after the worker's end. In between, the worker writes state, n_connections and node. Times are of
 * clock_monotonic_us(). */
struct slot {
	_Alignas(128) _Atomic int32_t pid;
	_Atomic int32_t state; /* enum worker_state */
	enum pool pool;
	uint32_t generation;    /* of its configuration */
	uint32_t in_flight_max; /* requests that the worker may hold */
	int64_t started_us;
	int64_t stop_sent_us; /* 0: no signal to stop was sent */
	int64_t aborted_us;   /* by the watchdog; 0: not */
	_Atomic uint32_t n_connections; /* of the web server, idle ones too */
	_Atomic uint32_t node; /* 1 + the index of the database's host in use; 0: none */
};

/* A request that a worker holds, or room for one. The worker writes it, the master the last two
 * members; it is cleared with the worker's slot. */
struct in_flight_entry {
	_Atomic int64_t request_us; /* when the request began; 0: there is none */
	_Atomic uint64_t activity;  /* as activity.h writes it */
	_Atomic int32_t route; /* 1 + the index of the request's route; 0: no endpoint is found */
	char request_id[REQUEST_ID_SIZE];
	/* The activity at the master's last poll, and the time of the first poll that saw it. */
	uint64_t seen_activity;
	int64_t seen_us;
};

enum worker_end {
	WORKER_DONE,    /* stopped, or has served enough */
	WORKER_FAILED,
	WORKER_KILLED,  /* by a signal: crashed, or from outside */
	WORKER_OVERDUE, /* by the watchdog */
	WORKER_N_ENDS
};

/* Written by the master alone. */
struct master_stats {
	_Atomic size_t n_slots; /* that have been taken at some time; the slots behind are unused */
	_Atomic size_t n_configured[POOL_N]; /* workers */
	_Atomic uint64_t ends[POOL_N][WORKER_N_ENDS];
	_Atomic uint32_t n_changes; /* of keys, apps and settings that wxuserctl has told of */
};

/* A file that other programs map, too. mapping NULL: there is none. */
struct scoreboard_shared {
	void *mapping;
	size_t size;
	int fd;
};

struct scoreboard {
	size_t n_slots_max, n_routes;
	size_t n_entries; /* of each slot; those behind its in_flight_max are unused */
	struct route *routes;
	int64_t began_us; /* clock_now_us() */
	struct slot *slots;
	char *entries; /* of each slot in turn */
	char *stats;   /* see scoreboard_stats() */
	struct master_stats *master;
	_Atomic uint32_t *n_received; /* requests */
	_Atomic int64_t *misrouted_us; /* see scoreboard_misrouted_is_due() */
	struct breaker_table *breakers;
	struct bucket_table *buckets;
	struct node_table *nodes;
	struct job_times *job_times;
	void *mapping;
	size_t mapping_size;
	struct scoreboard_shared shared; /* see scoreboard_share() */
};

/* n_entries: the most requests that a worker may hold. Takes the routes over: scoreboard_free()
 * frees them. Returns NULL and sets errno if there is no memory. */
struct scoreboard *scoreboard_new(
	size_t n_slots_max, size_t n_entries, struct route *routes, size_t n_routes);
void scoreboard_free(struct scoreboard *board);

/* Takes the file over, and in it the breakers and buckets that the board uses from now on. */
void scoreboard_share(struct scoreboard *board, const struct scoreboard_shared *shared,
	struct breaker_table *breakers, struct bucket_table *buckets);

/* Gives a vacant slot to a worker that is about to be forked. in_flight_max: up to n_entries.
 * Returns NULL if all are taken. */
struct slot *scoreboard_take(
	struct scoreboard *board, enum pool pool, uint32_t generation, uint32_t in_flight_max);
void scoreboard_give_back(const struct scoreboard *board, struct slot *slot);
/* Returns the statistics of a slot. They stay when the slot is given back. */
struct request_stats *scoreboard_stats(const struct scoreboard *board, const struct slot *slot);
void scoreboard_count_end(struct scoreboard *board, const struct slot *slot, enum worker_end end);

struct worker_counts {
	size_t n_starting, n_idle;
	size_t n_busy; /* hold a request */
	size_t n_full; /* of these: hold as many as they may */
	size_t n_draining; /* were sent a signal to stop; counted nowhere else */
	size_t n_connections;
	size_t n_in_flight, in_flight_max; /* requests of the idle and busy ones */
};

/* Counts the workers of a pool and generation; generation 0 stands for all. */
struct worker_counts scoreboard_count_workers(
	const struct scoreboard *board, enum pool pool, uint32_t generation);

/* Returns the next number of a request: from 1, and from 1 again after INT32_MAX. */
int32_t scoreboard_next_seq_id(struct scoreboard *board);
/* Whether a request that came to the wrong pool is to be logged; one in an hour is. */
bool scoreboard_misrouted_is_due(struct scoreboard *board, int64_t now_us);

/* Takes an entry of the slot for a request that begins with ACTIVITY_READING, and makes the worker
 * show its activity there. A worker that goes on with another of its requests calls activity_use()
 * with the activity of that one's entry. It holds fewer requests than it may. */
struct in_flight_entry *scoreboard_begin_request(const struct scoreboard *board,
	const struct slot *slot, const char *request_id, int64_t now_us);
/* Shows that the request has found its endpoint. */
void scoreboard_set_route(struct in_flight_entry *entry, size_t route);
/* Gives the entry back. The worker's activity is shown to nobody afterwards. */
void scoreboard_end_request(struct in_flight_entry *entry);

/* A request in flight, as others see it. Nothing of it comes from the client: the endpoint's path
 * is the declared one. */
struct in_flight {
	int32_t pid;
	enum pool pool;
	const struct route *route; /* NULL: no endpoint is found yet */
	enum activity activity;
	int64_t age_us;
	int64_t stalled_us; /* in the same activity for at least so long, as the master polled */
	char request_id[REQUEST_ID_SIZE];
};

/* Reads the next request that the slot's worker holds, from entry *at on, which is 0 at first and
 * moves on. Returns false if there is none left. */
bool scoreboard_next_in_flight(const struct scoreboard *board, const struct slot *slot, size_t *at,
	struct in_flight *in_flight_r);
/* Appends a line for each, "request POOL pid=… age_ms=… at=… for_ms=… method=… endpoint=… id=…",
 * without method and endpoint until these are found. */
void scoreboard_print_in_flight(const struct scoreboard *board, struct buf *text);
/* Called by the master: notes which of the slot's requests have changed their activity since the
 * last call. */
void scoreboard_poll_activity(
	const struct scoreboard *board, const struct slot *slot, int64_t now_us);

#endif
