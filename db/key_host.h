/*
 * Which keys the service of each host has. A key that is new seals and signs only once all hosts
 * have it (key_rotation.h).
 */
#ifndef KEY_HOST_H
#define KEY_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "secret_keys.h"

struct conf;

/* Learns once a minute which keys are in use now, and notes the newest ones that this process has.
 * The first time is a minute after a worker's start: a reload has succeeded by then. */
void key_host_follow(struct db *db, int64_t *look_us);

struct key_host {
	const char *name;
	int32_t sealing, lookup, audit; /* the highest numbers in its files */
	int32_t followed; /* the last step of a look-up key that it knows, see LOOKUP_PROGRESS() */
	bool has_steps;   /* else the processes are of an older release */
	bool is_settled;  /* it is so for so long that no process differs */
};

/* Returns how many seconds after a host has noted something all of its processes do so. */
int32_t key_host_settle_s(const struct conf *conf);

/* Calls host for each host whose service was seen in the last minutes. */
enum err key_host_each(
	struct db *db, void (*host)(void *ctx, const struct key_host *host), void *ctx);

#endif
