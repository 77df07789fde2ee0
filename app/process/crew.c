#include <stdio.h>

#include "clock.h"
#include "conf.h"
#include "crew.h"
#include "inheritance.h"
#include "log.h"
#include "service.h"
#include "start.h"
#include "str.h"

#define QUICK_DEATHS_FREE 5
#define QUICK_DEATHS_FORGOTTEN_US (60 * CLOCK_SECOND_US)
#define PAUSE_MAX_S 30
#define NAME_SIZE 16

static long n_workers_of(enum pool pool, const struct start *start)
{
	if (start->n_workers == 0)
		return -1;
	return pool == start->pool ? start->n_workers : 0;
}

void crew_init(struct crew *crew, enum pool pool, const struct start *start)
{
	*crew = (struct crew){
		.name = pool_name(pool),
		.pool = pool,
		.n_workers = n_workers_of(pool, start),
		.listener = {.fd = -1, .lock = -1},
		.handover = {.in = -1, .out = -1},
	};
}

size_t crew_size(const struct crew *crew, const struct service *service, const struct conf *conf)
{
	long n = crew->pool == POOL_CORE ? conf->server_workers_core : conf->server_workers_remote;

	if (crew->n_workers >= 0)
		return (size_t)crew->n_workers;
	for (const struct endpoint *const *at = service->endpoints; *at != NULL; at++) {
		if ((*at)->pool == crew->pool || (*at)->pool == POOL_ANY)
			return (size_t)n;
	}
	return 0;
}

static int find_part(
	const struct crew *crew, const struct inheritance *inheritance, const char *part)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s-%s", crew->name, part);
	return inheritance_find(inheritance, name);
}

static int adopt_listener(struct crew *crew, int fd, const struct inheritance *inheritance)
{
	int lock = find_part(crew, inheritance, "lock");

	if (listener_adopt(&crew->listener, fd, lock) < 0)
		return -1;
	if (inheritance->file.st_ino != 0)
		crew->listener.file = inheritance->file;
	return 0;
}

static int open_listener(
	struct crew *crew, const struct conf *conf, const struct inheritance *inheritance)
{
	int fd = inheritance_find(inheritance, crew->name);
	const char *address =
		crew->pool == POOL_CORE ? conf->server_listen_core : conf->server_listen_remote;

	if (fd >= 0)
		return adopt_listener(crew, fd, inheritance);
	if (!str_is_empty(address))
		return listener_open(&crew->listener, conf, address);
	log_error("server.listen_%s is empty: workers are left to the web server, which hands them "
		  "a socket on standard input; give it an address to start a master", crew->name);
	return -1;
}

static int open_handover(struct crew *crew, const char *program, const struct conf *conf,
	const struct inheritance *inheritance)
{
	char name[64];

	snprintf(name, sizeof(name), "%s-%s", program, crew->name);
	handover_init(&crew->handover, conf, name);
	crew->handover.in = find_part(crew, inheritance, "in");
	crew->handover.out = find_part(crew, inheritance, "out");
	if (crew->handover.in >= 0 || handover_open(&crew->handover, conf) == 0)
		return 0;
	log_error("socket %s: %m; see server.state_directory", crew->handover.path);
	return -1;
}

int crew_open(struct crew *crew, const char *program, const struct conf *conf,
	const struct inheritance *inheritance)
{
	if (open_listener(crew, conf, inheritance) < 0)
		return -1;
	return open_handover(crew, program, conf, inheritance);
}

void crew_close(struct crew *crew)
{
	listener_close(&crew->listener);
	handover_close(&crew->handover);
}

static void leave_part(
	const struct crew *crew, struct inheritance *inheritance, const char *part, int fd)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s-%s", crew->name, part);
	inheritance_add(inheritance, name, fd);
}

void crew_leave(const struct crew *crew, struct inheritance *inheritance)
{
	inheritance_add(inheritance, crew->name, crew->listener.fd);
	leave_part(crew, inheritance, "lock", crew->listener.lock);
	leave_part(crew, inheritance, "in", crew->handover.in);
	leave_part(crew, inheritance, "out", crew->handover.out);
}

void crew_brake(struct crew *crew)
{
	int64_t now_us = clock_monotonic_us();
	unsigned n_pauses;
	long pause_s;

	if (now_us - crew->last_quick_death_us > QUICK_DEATHS_FORGOTTEN_US)
		crew->n_quick_deaths = 0;
	crew->last_quick_death_us = now_us;
	if (crew->hire_after_us > now_us || ++crew->n_quick_deaths <= QUICK_DEATHS_FREE)
		return;
	n_pauses = crew->n_quick_deaths - QUICK_DEATHS_FREE;
	pause_s = n_pauses > 5 ? PAUSE_MAX_S : 1L << (n_pauses - 1);
	crew->hire_after_us = now_us + pause_s * CLOCK_SECOND_US;
	log_error("workers of pool %s die as they start: next try in %ld s", crew->name, pause_s);
}

void crew_release_brake(struct crew *crew)
{
	crew->n_quick_deaths = 0;
	crew->hire_after_us = 0;
}
