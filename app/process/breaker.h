/*
 * Circuit breakers, one for each (host, path) of the outside world, shared by the workers of a
 * machine.
 *
 * Closed: all calls pass. When in the last 10 s at least 5 calls and at least half of all failed,
 * it opens: nobody calls for 5 s. Then one call, whoever wins it, may try: success closes, failure
 * opens for another 5 s, and a worker that dies on the try blocks nobody, since the next try is
 * free after the same 5 s.
 *
 * The table lives in the scoreboard and is all zero at first. More pairs than it has room for are
 * not guarded.
 */
#ifndef BREAKER_H
#define BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "circuit.h"
#include "clock.h"
#include "histogram.h"
#include "refusal.h"

#define BREAKER_N 64
#define BREAKER_WINDOW_S 10
#define BREAKER_PAUSE_US (5 * CLOCK_SECOND_US)

#define BREAKER_NAME_SIZE 64

struct breaker {
	_Atomic uint64_t key;       /* hash of host and path; 0: vacant */
	_Atomic int64_t blocked_us; /* since then nobody calls but one in 5 s; 0: closed */
	_Atomic uint64_t seconds[BREAKER_WINDOW_S]; /* second, failures and calls in it */
	/* For those who watch. */
	_Atomic bool is_named;
	char host[BREAKER_NAME_SIZE], path[BREAKER_NAME_SIZE]; /* perhaps cut */
	_Atomic uint64_t outcomes[CIRCUIT_N_OUTCOMES];
	struct histogram took;
};

struct breaker_table {
	_Atomic int64_t last_success_us; /* clock_now_us() */
	struct refusal refusal;
	struct breaker breakers[BREAKER_N];
};

/* Whether nobody calls, or only one who tries. */
bool breaker_is_open(const struct breaker *breaker);

/* A worker's view. It makes one call at a time, so that one word says whether that is the try. */
struct breaker_client {
	struct breaker_table *table;
	int64_t (*now_us)(void);
	bool is_trying;
};

void breaker_client_init(struct breaker_client *client, struct breaker_table *table);
/* client must outlive the circuit. */
void breaker_circuit(struct breaker_client *client, struct circuit *circuit_r);

#endif
