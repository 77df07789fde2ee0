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

/* The looks of a worker, by clock_boot_us(). 0: there was none. */
struct key_looks {
	int64_t known_us;   /* since then it knows which keys are in use, and has them */
	int64_t refused_us; /* the last look, if a key was missing or not the database's */
	int64_t next_us;    /* of key_host_follow() */
};

/* Before the start, each request and each job: looks which keys are in use, unless this process
 * knows it since less than a minute. The first time it notes the newest keys that it has, so that
 * no key comes into use that a host which serves has not got. If they are those of a reload that
 * fails, the processes of before note theirs within a minute, and the host is not settled until
 * then. Else, with files of before, it would store what others do not find. Returns
 * ERR_BUSY if the database does not answer, ERR_INTERNAL, which is logged, if it lacks a key. */
enum err key_host_need(struct db *db, struct key_looks *looks);

/* Once a second, so that a request seldom has to: looks once a minute, and notes the newest keys
 * that this process has. */
void key_host_follow(struct db *db, struct key_looks *looks);

struct key_host {
	const char *name;
	int32_t sealing, lookup, audit; /* the highest numbers in its files */
	int32_t followed; /* the last step of a look-up key that it knows, see LOOKUP_PROGRESS() */
	bool has_steps;   /* else the processes are of an older release */
	bool is_settled;  /* it is so for so long that no process of the host differs */
};

/* Returns how many seconds after a host of this configuration has noted something all of its
 * processes do so. Each host notes its own. */
int32_t key_host_settle_s(const struct conf *conf);

/* Calls host for each host whose service was seen in the last minutes. */
enum err key_host_each(
	struct db *db, void (*host)(void *ctx, const struct key_host *host), void *ctx);

#endif
