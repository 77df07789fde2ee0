/*
 * A circuit breaker as the clients of the outside world see it; the state is shared by all workers
 * of a machine and lives with the process layer. Fed only by transport errors, 5xx, non-JSON and
 * WeChat's -1.
 */
#ifndef CIRCUIT_H
#define CIRCUIT_H

#include <stdbool.h>
#include <stdint.h>

enum circuit_outcome {
	CIRCUIT_SOUND,
	CIRCUIT_UNSOUND, /* answered, but not as a healthy server does */
	CIRCUIT_BROKEN,  /* asked, and no whole answer came */
	CIRCUIT_UNSENT,
	CIRCUIT_OPEN,    /* not admitted */
	CIRCUIT_N_OUTCOMES
};

/* Of an IPv4 or IPv6 address, as INET6_ADDRSTRLEN. */
#define CIRCUIT_ADDRESS_SIZE 46

struct circuit {
	/* false: open, do not call. true: call, and report. */
	bool (*admit)(void *ctx, const char *host, const char *path);
	void (*report)(void *ctx, const char *host, const char *path,
		enum circuit_outcome outcome, int64_t took_us);
	/* The site whose health is told has answered. */
	void (*note_success)(void *ctx);
	/* clock_now_us() of the last such success of any worker; 0: none yet. */
	int64_t (*last_success_us)(void *ctx);
	/* The site says that it does not know this machine's address. */
	void (*note_refusal)(void *ctx, const char *address);
	/* Of any worker, within the last hour; false: none. */
	bool (*last_refusal)(void *ctx, char address_r[CIRCUIT_ADDRESS_SIZE]);
	void *ctx;
};

#endif
