#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "listener.h"
#include "log.h"
#include "master.h"
#include "privileges.h"
#include "scoreboard.h"
#include "service.h"
#include "watchdog.h"
#include "worker.h"

#define N_CREWS 2
#define TICK_NS 200000000
#define READY_WITHIN_US 10000000
#define QUICK_DEATH_US 1000000
#define QUICK_DEATHS_FREE 5
#define QUICK_DEATHS_FORGOTTEN_US 60000000
#define PAUSE_MAX_S 30

/* The workers of one pool. */
struct crew {
	const char *name;
	enum pool pool;
	size_t n_wanted;
	struct listener listener;
	struct handover handover;
	unsigned n_quick_deaths;
	int64_t last_quick_death_us, hire_after_us;
};

struct master {
	const struct conf *conf;
	const struct service *service;
	struct scoreboard *board;
	struct crew crews[N_CREWS];
	pid_t pid;
	char pid_path[512];
	int64_t started_us;
	bool was_ready;  /* some worker, at some time */
	bool has_failed; /* no worker ever was, in time */
	bool is_told_to_end;
};

static sigset_t signals_of_interest(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	return set;
}

/* For good, here and in the workers: signals are fetched, they never interrupt. */
static void block_signals(void)
{
	sigset_t set = signals_of_interest();

	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

static size_t count_endpoints(const struct service *service)
{
	size_t n = 0;

	while (service->endpoints[n] != NULL)
		n++;
	return n;
}

static int write_pid(struct master *master)
{
	int fd;

	snprintf(master->pid_path, sizeof(master->pid_path), "%s/%s.pid",
		master->conf->server_state_directory, master->service->name);
	fd = open(master->pid_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0) {
		log_error("pid file %s: %m; see server.state_directory", master->pid_path);
		return -1;
	}
	return close(fd);
}

/* A pool that no endpoint belongs to has no workers and no socket. */
static size_t n_wanted(const struct service *service, enum pool pool, long n_workers)
{
	for (const struct endpoint *const *at = service->endpoints; *at != NULL; at++) {
		if ((*at)->pool == pool || (*at)->pool == POOL_ANY)
			return (size_t)n_workers;
	}
	return 0;
}

static void init_crews(struct master *master)
{
	const struct conf *conf = master->conf;
	const struct service *service = master->service;

	master->crews[0] = (struct crew){
		.name = "core",
		.pool = POOL_CORE,
		.n_wanted = n_wanted(service, POOL_CORE, conf->server_workers_core),
		.listener = {.fd = -1, .lock = -1, .address = conf->server_listen_core},
		.handover = {.in = -1, .out = -1},
	};
	master->crews[1] = (struct crew){
		.name = "remote",
		.pool = POOL_REMOTE,
		.n_wanted = n_wanted(service, POOL_REMOTE, conf->server_workers_remote),
		.listener = {.fd = -1, .lock = -1, .address = conf->server_listen_remote},
		.handover = {.in = -1, .out = -1},
	};
}

static int open_crews(struct master *master)
{
	for (struct crew *crew = master->crews; crew < master->crews + N_CREWS; crew++) {
		if (crew->n_wanted == 0)
			continue;
		if (listener_open(&crew->listener, master->conf, crew->listener.address) < 0)
			return -1;
		if (handover_open(&crew->handover) < 0) {
			log_error("pool %s: %m", crew->name);
			return -1;
		}
	}
	return 0;
}

static void unlink_sockets(struct master *master)
{
	for (size_t i = 0; i < N_CREWS; i++)
		listener_unlink(&master->crews[i].listener);
}

static int prepare(struct master *master)
{
	const struct conf *conf = master->conf;
	size_t n_workers = (size_t)(conf->server_workers_core + conf->server_workers_remote);

	if (open_crews(master) < 0 || write_pid(master) < 0 ||
		privileges_drop(conf->server_user) < 0)
		return -1;
	umask(027);
	master->board = scoreboard_new(n_workers, count_endpoints(master->service));
	if (master->board == NULL) {
		log_error("shared memory: %m");
		return -1;
	}
	master->started_us = clock_monotonic_us();
	return 0;
}

static size_t count_workers(const struct master *master, enum pool pool)
{
	size_t n = 0;

	for (size_t i = 0; i < master->board->n_slots; i++) {
		const struct slot *slot = &master->board->slots[i];

		n += slot->pool == (int32_t)pool && slot->state != WORKER_VACANT;
	}
	return n;
}

/* Forks one worker. Its slot in the worker, NULL in the master. */
static struct slot *fork_worker(struct crew *crew, struct slot *slot)
{
	pid_t pid;

	slot->started_us = clock_monotonic_us();
	pid = fork();
	if (pid == 0)
		return slot;
	if (pid < 0) {
		log_error("fork: %m");
		scoreboard_give_back(slot);
		crew->hire_after_us = clock_monotonic_us() + 1000000;
	} else {
		slot->pid = pid;
	}
	return NULL;
}

/* Forks what is missing. The new one's slot in a worker, NULL in the master. */
static struct slot *hire(struct master *master)
{
	for (struct crew *crew = master->crews; crew < master->crews + N_CREWS; crew++) {
		size_t n_missing = crew->n_wanted - count_workers(master, crew->pool);

		while (n_missing-- > 0 && crew->hire_after_us <= clock_monotonic_us()) {
			struct slot *vacant = scoreboard_take(master->board, crew->pool);
			struct slot *mine;

			if (vacant == NULL)
				break;
			mine = fork_worker(crew, vacant);
			if (mine != NULL)
				return mine;
		}
	}
	return NULL;
}

/* A program that dies as soon as it starts must not burn the machine. */
static void brake(struct crew *crew, int64_t now_us)
{
	unsigned n_pauses;

	if (now_us - crew->last_quick_death_us > QUICK_DEATHS_FORGOTTEN_US)
		crew->n_quick_deaths = 0;
	crew->last_quick_death_us = now_us;
	if (crew->hire_after_us > now_us || ++crew->n_quick_deaths <= QUICK_DEATHS_FREE)
		return;
	n_pauses = crew->n_quick_deaths - QUICK_DEATHS_FREE;
	crew->hire_after_us =
		now_us + (n_pauses > 5 ? PAUSE_MAX_S : 1L << (n_pauses - 1)) * 1000000;
	log_error("workers of pool %s die as they start: next try in %d s", crew->name,
		(int)((crew->hire_after_us - now_us) / 1000000));
}

static void log_death(const struct crew *crew, pid_t pid, int status)
{
	log_event(LOG_LEVEL_ERROR, "worker died");
	log_str("pool", crew->name);
	log_int("worker", pid);
	if (WIFSIGNALED(status))
		log_int("signal", WTERMSIG(status));
	else
		log_int("exit_status", WEXITSTATUS(status));
	log_end();
}

static void bury(struct master *master, struct slot *slot, int status)
{
	struct crew *crew = &master->crews[slot->pool == POOL_CORE ? 0 : 1];
	int64_t now_us = clock_monotonic_us();

	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS) {
		log_death(crew, slot->pid, status);
		if (now_us - slot->started_us < QUICK_DEATH_US)
			brake(crew, now_us);
	}
	scoreboard_give_back(slot);
}

static void look_at_workers(struct master *master)
{
	pid_t pid;
	int status;

	for (size_t i = 0; i < master->board->n_slots; i++)
		master->was_ready |= master->board->slots[i].state == WORKER_READY;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < master->board->n_slots; i++) {
			if (master->board->slots[i].pid == pid)
				bury(master, &master->board->slots[i], status);
		}
	}
	watchdog_look(master->board, master->conf->server_request_deadline_ms);
}

/* The number of workers. */
static size_t signal_workers(const struct master *master, int signal)
{
	size_t n = 0;

	for (size_t i = 0; i < master->board->n_slots; i++) {
		pid_t pid = master->board->slots[i].pid;

		if (pid == 0)
			continue;
		n++;
		kill(pid, signal);
	}
	return n;
}

static void reopen_log(struct master *master)
{
	log_reopen();
	log_info("log opened anew");
	signal_workers(master, SIGUSR1);
}

static void heed_signals(struct master *master)
{
	const struct timespec tick = {.tv_nsec = TICK_NS};
	const sigset_t set = signals_of_interest();
	int heard = sigtimedwait(&set, NULL, &tick);

	if (heard == SIGTERM || heard == SIGINT)
		master->is_told_to_end = true;
	else if (heard == SIGUSR1)
		reopen_log(master);
	else if (heard > 0 && heard != SIGCHLD)
		log_warning("signal %s ignored: to read the configuration again, restart",
			sigabbrev_np(heard));
}

static bool is_never_ready(const struct master *master)
{
	bool is_dying = false;

	for (size_t i = 0; i < N_CREWS; i++)
		is_dying |= master->crews[i].n_quick_deaths > 0;
	return is_dying && !master->was_ready &&
		clock_monotonic_us() - master->started_us > READY_WITHIN_US;
}

/* Until the end is told. A worker's slot in what has become one, NULL in the master. */
static struct slot *watch_over(struct master *master)
{
	while (!master->is_told_to_end) {
		struct slot *mine = hire(master);

		if (mine != NULL)
			return mine;
		heed_signals(master);
		look_at_workers(master);
		if (is_never_ready(master)) {
			log_error("no worker became ready in %d s", READY_WITHIN_US / 1000000);
			master->has_failed = master->is_told_to_end = true;
		}
	}
	return NULL;
}

static void drain(struct master *master)
{
	int64_t kill_us = clock_monotonic_us() + master->conf->server_drain_timeout_ms * 1000;

	log_info("ending");
	unlink_sockets(master);
	signal_workers(master, SIGTERM);
	while (signal_workers(master, 0) > 0) {
		heed_signals(master);
		look_at_workers(master);
		if (clock_monotonic_us() > kill_us)
			signal_workers(master, SIGKILL);
	}
}

static int work_as(struct master *master, struct slot *slot)
{
	struct worker_place place = {
		.conf = master->conf,
		.service = master->service,
		.board = master->board,
		.slot = slot,
		.pool = (enum pool)slot->pool,
		.master = master->pid,
	};

	for (struct crew *crew = master->crews; crew < master->crews + N_CREWS; crew++) {
		if (crew->pool != place.pool)
			continue;
		place.listener = crew->listener.fd;
		place.handover = crew->handover;
	}
	return worker_run(&place);
}

static int run(struct master *master)
{
	struct slot *mine;

	log_event(LOG_LEVEL_INFO, "started");
	for (size_t i = 0; i < N_CREWS; i++) {
		if (master->crews[i].n_wanted > 0)
			log_str(master->crews[i].name, master->crews[i].listener.address);
	}
	log_end();
	mine = watch_over(master);
	if (mine != NULL)
		return work_as(master, mine);
	drain(master);
	unlink(master->pid_path);
	return master->has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int master_run(const struct conf *conf, const struct service *service)
{
	struct master master = {.conf = conf, .service = service, .pid = getpid()};
	int status = EX_CONFIG;

	block_signals();
	if (service->check(conf) < 0)
		return status;
	init_crews(&master);
	if (prepare(&master) == 0)
		status = run(&master);
	else
		unlink_sockets(&master);
	for (size_t i = 0; i < N_CREWS; i++) {
		listener_close(&master.crews[i].listener);
		handover_close(&master.crews[i].handover);
	}
	if (master.board != NULL)
		scoreboard_free(master.board);
	return status;
}

int master_run_single(
	const struct conf *conf, const struct service *service, int fd, enum pool pool)
{
	struct worker_place place = {
		.conf = conf,
		.service = service,
		.listener = fd,
		.handover = {.in = -1, .out = -1},
		.pool = pool,
	};
	int status;

	block_signals();
	if (service->check(conf) < 0)
		return EX_CONFIG;
	place.board = scoreboard_new(1, count_endpoints(service));
	if (place.board == NULL || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		log_error("cannot begin: %m");
		return EXIT_FAILURE;
	}
	place.slot = scoreboard_take(place.board, (int32_t)pool);
	status = worker_run(&place);
	scoreboard_free(place.board);
	return status;
}
