/*
 * A circuit breaker as the clients of the outside world see it; the state is shared by all workers
 * of a machine and lives with the process layer. Fed only by transport errors, 5xx, non-JSON and
 * WeChat's -1.
 */
#ifndef CIRCUIT_H
#define CIRCUIT_H

#include <stdbool.h>
#include <stdint.h>

struct circuit {
	/* false: open, do not call. true: call, and report. */
	bool (*admit)(void *ctx, const char *host, const char *path);
	void (*report)(void *ctx, const char *host, const char *path, bool is_success);
	/* The site whose health is told has answered. */
	void (*note_success)(void *ctx);
	/* clock_now_us() of the last such success of any worker; 0: none yet. */
	int64_t (*last_success_us)(void *ctx);
	void *ctx;
};

#endif
