#include <stdio.h>

#include "clock.h"
#include "conf.h"
#include "listen_fds.h"
#include "log.h"
#include "program.h"
#include "service.h"
#include "str.h"
#include "worker_pool.h"

#define QUICK_DEATHS_FREE 5
#define QUICK_DEATHS_FORGOTTEN_US (60 * CLOCK_SECOND_US)
#define PAUSE_MAX_S 30
#define NAME_SIZE 16

static long worker_pool_fixed_size(enum pool pool, const struct program *program)
{
	if (program->n_workers == 0)
		return -1;
	return pool == program->pool ? program->n_workers : 0;
}

void worker_pool_init(struct worker_pool *pool, enum pool id, const struct program *program)
{
	*pool = (struct worker_pool){
		.name = pool_name(id),
		.id = id,
		.n_workers = worker_pool_fixed_size(id, program),
		.listener = {.fd = -1, .lock = -1},
		.handover = {.in = -1, .out = -1},
	};
}

size_t worker_pool_size(
	const struct worker_pool *pool, const struct service *service, const struct conf *conf)
{
	long n = pool->id == POOL_CORE ? conf->server_workers_core : conf->server_workers_remote;

	if (pool->n_workers >= 0)
		return (size_t)pool->n_workers;
	for (const struct endpoint *const *at = service->endpoints; *at != NULL; at++) {
		if ((*at)->pool == pool->id || (*at)->pool == POOL_ANY)
			return (size_t)n;
	}
	return 0;
}

uint32_t worker_pool_in_flight_max(const struct worker_pool *pool, const struct conf *conf)
{
	return pool->id == POOL_REMOTE ? (uint32_t)conf->server_remote_in_flight : 1;
}

static int worker_pool_find_fd(
	const struct worker_pool *pool, const struct listen_fds *listen_fds, const char *part)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s-%s", pool->name, part);
	return listen_fds_find(listen_fds, name);
}

static int worker_pool_adopt_listener(
	struct worker_pool *pool, int fd, const struct listen_fds *listen_fds)
{
	int lock = worker_pool_find_fd(pool, listen_fds, "lock");

	if (listener_adopt(&pool->listener, fd, lock) < 0)
		return -1;
	if (listen_fds->file.st_ino != 0)
		pool->listener.file = listen_fds->file;
	return 0;
}

static int worker_pool_open_listener(
	struct worker_pool *pool, const struct conf *conf, const struct listen_fds *listen_fds)
{
	int fd = listen_fds_find(listen_fds, pool->name);
	const char *address =
		pool->id == POOL_CORE ? conf->server_listen_core : conf->server_listen_remote;

	if (fd >= 0)
		return worker_pool_adopt_listener(pool, fd, listen_fds);
	if (!str_is_empty(address))
		return listener_open(&pool->listener, conf, address);
	log_error("server.listen_%s is empty, so that the web server must start the workers with a "
		  "socket on standard input; give it an address to start a master",
		pool->name);
	return -1;
}

static int worker_pool_open_handover(struct worker_pool *pool, const char *program,
	const struct conf *conf, const struct listen_fds *listen_fds)
{
	char name[64];

	snprintf(name, sizeof(name), "%s-%s", program, pool->name);
	handover_init(&pool->handover, conf, name);
	pool->handover.in = worker_pool_find_fd(pool, listen_fds, "in");
	pool->handover.out = worker_pool_find_fd(pool, listen_fds, "out");
	if (pool->handover.in >= 0 || handover_open(&pool->handover, conf) == 0)
		return 0;
	log_error("socket %s: %m; see server.state_directory", pool->handover.path);
	return -1;
}

int worker_pool_open(struct worker_pool *pool, const char *program, const struct conf *conf,
	const struct listen_fds *listen_fds)
{
	if (worker_pool_open_listener(pool, conf, listen_fds) < 0)
		return -1;
	return worker_pool_open_handover(pool, program, conf, listen_fds);
}

void worker_pool_close(struct worker_pool *pool)
{
	listener_close(&pool->listener);
	handover_close(&pool->handover);
}

static void worker_pool_pass_fd(
	const struct worker_pool *pool, struct listen_fds *listen_fds, const char *part, int fd)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s-%s", pool->name, part);
	listen_fds_add(listen_fds, name, fd);
}

void worker_pool_pass(const struct worker_pool *pool, struct listen_fds *listen_fds)
{
	listen_fds_add(listen_fds, pool->name, pool->listener.fd);
	worker_pool_pass_fd(pool, listen_fds, "lock", pool->listener.lock);
	worker_pool_pass_fd(pool, listen_fds, "in", pool->handover.in);
	worker_pool_pass_fd(pool, listen_fds, "out", pool->handover.out);
}

void worker_pool_throttle(struct worker_pool *pool)
{
	int64_t now_us = clock_monotonic_us();
	unsigned n_pauses;
	long pause_s;

	if (now_us - pool->last_quick_death_us > QUICK_DEATHS_FORGOTTEN_US)
		pool->n_quick_deaths = 0;
	pool->last_quick_death_us = now_us;
	if (pool->spawn_after_us > now_us || ++pool->n_quick_deaths <= QUICK_DEATHS_FREE)
		return;
	n_pauses = pool->n_quick_deaths - QUICK_DEATHS_FREE;
	pause_s = n_pauses > 5 ? PAUSE_MAX_S : 1L << (n_pauses - 1);
	pool->spawn_after_us = now_us + pause_s * CLOCK_SECOND_US;
	log_error("workers of pool %s die as they start: next try in %ld s", pool->name, pause_s);
}
