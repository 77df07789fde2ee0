/*
 * Circuit breakers, one for each host and path of the outside world. The workers of this host share
 * them.
 *
 * A closed breaker admits every call. It opens when at least 5 calls and at least half of all
 * failed within the last 10 s. For 5 s it then admits none, afterwards a single call as a trial: if
 * that succeeds, the breaker closes, and if it fails, no call is admitted for another 5 s. A worker
 * that dies during its trial blocks nobody, since the next trial is admitted after the same 5 s.
 *
 * The table lives in the scoreboard and is all zero at first. Calls of more hosts and paths than it
 * has room for are always admitted.
 */
#ifndef BREAKER_H
#define BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "histogram.h"
#include "whitelist_refusal.h"

#define BREAKER_N 64
#define BREAKER_WINDOW_S 10
#define BREAKER_PAUSE_US (5 * CLOCK_SECOND_US)

#define BREAKER_NAME_SIZE 64

enum call_outcome {
	CALL_OK,
	CALL_BAD_ANSWER, /* not as a healthy server answers */
	CALL_FAILED,     /* sent, and no whole answer came */
	CALL_UNSENT,
	CALL_BREAKER_OPEN, /* not admitted */
	CALL_N_OUTCOMES
};

struct breaker {
	_Atomic uint64_t key;       /* hash of host and path; 0: vacant */
	_Atomic int64_t blocked_us; /* the last failure or trial; 0: closed */
	_Atomic uint64_t seconds[BREAKER_WINDOW_S]; /* second, failures and calls in it */
	/* For the metrics. */
	_Atomic bool is_named;
	char host[BREAKER_NAME_SIZE], path[BREAKER_NAME_SIZE]; /* perhaps cut */
	_Atomic uint64_t outcomes[CALL_N_OUTCOMES];
	struct histogram took;
};

/* What workers know together about the servers that they call. */
struct breaker_table {
	/* clock_now_us() of the last good answer of WeChat; 0: none yet */
	_Atomic int64_t wechat_success_us;
	struct whitelist_refusal whitelist_refusal;
	struct breaker breakers[BREAKER_N];
};

/* A call that was admitted. */
struct breaker_call {
	struct breaker *breaker; /* NULL: it has none */
	bool is_trial;
};

/* Returns false if the breaker is open: then the caller does not call. Otherwise it calls, and
 * reports the outcome. table NULL: every call is admitted. */
bool breaker_admit(struct breaker_table *table, const char *host, const char *path,
	int64_t now_us, struct breaker_call *call_r);
void breaker_report(const struct breaker_call *call, enum call_outcome outcome, int64_t now_us,
	int64_t took_us);

bool breaker_is_open(const struct breaker *breaker);

#endif
