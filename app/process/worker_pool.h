/*
 * What the workers of one pool share, whatever their generation: how many they are, their sockets,
 * and when the next one may be spawned. For workers.h, which has the pools.
 */
#ifndef WORKER_POOL_H
#define WORKER_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "endpoint.h"
#include "handover.h"
#include "listener.h"

struct conf;
struct listen_fds;
struct program;
struct service;

struct worker_pool {
	const char *name; /* "core" */
	enum pool id;
	long n_workers; /* -1: as many as the configuration says */
	struct listener listener;
	struct handover handover;
	unsigned n_quick_deaths;
	int64_t last_quick_death_us, spawn_after_us;
};

void worker_pool_init(struct worker_pool *pool, enum pool id, const struct program *program);
/* Returns how many workers a generation has in the pool: none, and no socket, if another master has
 * the pool, or if no endpoint belongs to it. */
size_t worker_pool_size(
	const struct worker_pool *pool, const struct service *service, const struct conf *conf);
/* Returns how many requests a worker of the pool may hold: several where they wait for the
 * outside. */
uint32_t worker_pool_in_flight_max(const struct worker_pool *pool, const struct conf *conf);
/* Opens the sockets, those of listen_fds or else of the configuration. program: its name. Returns
 * -1 and logs the reason if it cannot. */
int worker_pool_open(struct worker_pool *pool, const char *program, const struct conf *conf,
	const struct listen_fds *listen_fds);
void worker_pool_close(struct worker_pool *pool);
/* Adds the sockets to what a new master will get. */
void worker_pool_pass(const struct worker_pool *pool, struct listen_fds *listen_fds);
/* Notes that a worker has died as it started. After some such deaths the next one is spawned later
 * and later. */
void worker_pool_throttle(struct worker_pool *pool);

#endif
