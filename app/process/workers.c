#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "conf.h"
#include "generation.h"
#include "log.h"
#include "program.h"
#include "route.h"
#include "scoreboard.h"
#include "service.h"
#include "shared_limits.h"
#include "watchdog.h"
#include "workers.h"

#define N_SLOTS (2 * POOL_N * CONF_WORKERS_MAX) /* the largest pools twice */
#define QUICK_DEATH_US CLOCK_SECOND_US
#define NAME_SIZE 16

#define WORKERS_EACH_SLOT(workers, slot)                                                           \
	for (struct slot *slot = (workers)->board->slots;                                          \
		slot < (workers)->board->slots + (workers)->board->master->n_slots; slot++)

void workers_init(struct workers *workers, const struct program *program)
{
	*workers = (struct workers){.service = program->service};
	for (enum pool id = 0; id < POOL_N; id++)
		worker_pool_init(&workers->pools[id], id, program);
}

int workers_open(
	struct workers *workers, const struct conf *conf, const struct listen_fds *listen_fds)
{
	const char *program = workers->service->name;

	WORKERS_EACH_POOL(workers, pool) {
		if (worker_pool_size(pool, workers->service, conf) > 0 &&
			worker_pool_open(pool, program, conf, listen_fds) < 0)
			return -1;
	}
	workers->board = route_board(workers->service, N_SLOTS, CONF_IN_FLIGHT_MAX);
	if (workers->board == NULL) {
		log_error("shared memory: %m");
		return -1;
	}
	shared_limits_join(workers->board, conf);
	return 0;
}

void workers_close(struct workers *workers)
{
	WORKERS_EACH_POOL(workers, pool)
		worker_pool_close(pool);
	if (workers->board != NULL)
		scoreboard_free(workers->board);
}

void workers_pass(const struct workers *workers, struct listen_fds *listen_fds)
{
	WORKERS_EACH_POOL(workers, pool)
		worker_pool_pass(pool, listen_fds);
}

void workers_log_sizes(const struct workers *workers, const struct conf *conf)
{
	char name[NAME_SIZE];

	WORKERS_EACH_POOL(workers, pool) {
		const size_t size = worker_pool_size(pool, workers->service, conf);

		if (size == 0)
			continue;
		snprintf(name, sizeof(name), "%s_workers", pool->name);
		log_int(name, (int64_t)size);
	}
}

static struct worker_counts workers_count(const struct workers *workers,
	const struct worker_pool *pool, const struct generation *generation)
{
	return scoreboard_count_workers(workers->board, pool->id, generation->number);
}

/* ---- Spawning and reaping. */

static bool workers_lack(const struct workers *workers, const struct worker_pool *pool,
	const struct generation *generation)
{
	struct worker_counts counts = workers_count(workers, pool, generation);

	return (generation->number == workers->on_trial ||
		       pool->spawn_after_us <= clock_monotonic_us()) &&
		counts.n_starting + counts.n_idle + counts.n_busy <
		worker_pool_size(pool, workers->service, generation->conf);
}

struct slot *workers_take_vacancy(struct workers *workers, const struct generation *generation)
{
	WORKERS_EACH_POOL(workers, pool) {
		if (workers_lack(workers, pool, generation))
			return scoreboard_take(workers->board, pool->id, generation->number,
				worker_pool_in_flight_max(pool, generation->conf));
	}
	return NULL;
}

void workers_note_fork(struct workers *workers, struct slot *slot, pid_t pid)
{
	if (pid >= 0) {
		slot->pid = pid;
		slot->started_us = clock_monotonic_us();
		return;
	}
	log_error("cannot start a worker: %m; see the limits of processes and memory");
	workers->pools[slot->pool].spawn_after_us = clock_monotonic_us() + CLOCK_SECOND_US;
	scoreboard_give_back(workers->board, slot);
}

static void workers_log_death(const struct worker_pool *pool, const struct slot *slot, int status)
{
	log_event(LOG_LEVEL_ERROR, "worker died");
	log_str("pool", pool->name);
	log_int("worker", slot->pid);
	log_int("generation", slot->generation);
	if (WIFSIGNALED(status))
		log_int("signal", WTERMSIG(status));
	else
		log_int("exit_status", WEXITSTATUS(status));
	log_end();
}

static enum worker_end workers_end_of(const struct slot *slot, int status)
{
	if (slot->aborted_us != 0)
		return WORKER_OVERDUE;
	if (!WIFEXITED(status))
		return WORKER_KILLED;
	return WEXITSTATUS(status) == EXIT_SUCCESS ? WORKER_DONE : WORKER_FAILED;
}

/* The next call of workers_take_vacancy() finds that this worker is missing. */
static void workers_note_end(struct workers *workers, struct slot *slot, int status)
{
	struct worker_pool *pool = &workers->pools[slot->pool];
	enum worker_end end = workers_end_of(slot, status);

	scoreboard_count_end(workers->board, slot, end);
	if (end != WORKER_DONE) {
		workers_log_death(pool, slot, status);
		if (slot->generation == workers->on_trial)
			workers->n_trial_deaths += end != WORKER_OVERDUE && slot->stop_sent_us == 0;
		else if (clock_monotonic_us() - slot->started_us < QUICK_DEATH_US)
			worker_pool_throttle(pool);
	}
	scoreboard_give_back(workers->board, slot);
}

static void workers_reap(struct workers *workers)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		bool is_worker = false;

		WORKERS_EACH_SLOT(workers, slot) {
			if (slot->pid != pid)
				continue;
			workers_note_end(workers, slot, status);
			is_worker = true;
		}
		/* Only an upgrade starts another child. */
		if (!is_worker && WIFSIGNALED(status))
			log_error("the new program, pid %d, was ended by signal %d", (int)pid,
				WTERMSIG(status));
	}
}

bool workers_are_ready(const struct workers *workers, const struct generation *generation)
{
	WORKERS_EACH_POOL(workers, pool) {
		struct worker_counts counts = workers_count(workers, pool, generation);

		if (counts.n_idle + counts.n_busy <
			worker_pool_size(pool, workers->service, generation->conf))
			return false;
	}
	return true;
}

bool workers_are_gone(const struct workers *workers)
{
	WORKERS_EACH_SLOT(workers, slot) {
		if (slot->pid != 0)
			return false;
	}
	return true;
}

bool workers_fail_to_start(const struct workers *workers)
{
	bool is_dying = false;

	WORKERS_EACH_POOL(workers, pool)
		is_dying |= pool->n_quick_deaths > 0;
	return is_dying && !workers->was_any_ready;
}

void workers_set_on_trial(struct workers *workers, unsigned number)
{
	workers->on_trial = number;
	workers->n_trial_deaths = 0;
	if (number != 0)
		return;
	WORKERS_EACH_POOL(workers, pool) {
		pool->n_quick_deaths = 0;
		pool->spawn_after_us = 0;
	}
}

/* ---- Stopping. */

static void workers_signal_slot(struct slot *slot, int signal)
{
	if (signal != SIGUSR1 && slot->stop_sent_us == 0)
		slot->stop_sent_us = clock_monotonic_us();
	kill(slot->pid, signal);
}

void workers_signal(const struct workers *workers, int signal)
{
	WORKERS_EACH_SLOT(workers, slot) {
		if (slot->pid != 0)
			workers_signal_slot(slot, signal);
	}
}

unsigned workers_oldest_generation(const struct workers *workers, unsigned current)
{
	unsigned oldest = current;

	WORKERS_EACH_SLOT(workers, slot) {
		if (slot->pid != 0 && slot->generation < oldest)
			oldest = slot->generation;
	}
	return oldest;
}

void workers_stop_generation(const struct workers *workers, unsigned number)
{
	WORKERS_EACH_SLOT(workers, slot) {
		if (slot->pid != 0 && slot->generation == number)
			workers_signal_slot(slot, SIGHUP);
	}
}

void workers_poll(struct workers *workers, const struct conf *conf)
{
	int64_t kill_before_us = clock_monotonic_us() - conf->server_drain_timeout_ms * 1000;

	WORKERS_EACH_POOL(workers, pool)
		workers->board->master->n_configured[pool->id] =
			worker_pool_size(pool, workers->service, conf);
	shared_limits_mend(workers->board);
	workers_reap(workers);
	watchdog_poll(workers->board, conf->server_request_deadline_ms);
	WORKERS_EACH_SLOT(workers, slot) {
		workers->was_any_ready |= slot->state == WORKER_READY;
		if (slot->pid != 0 && slot->stop_sent_us != 0 &&
			slot->stop_sent_us < kill_before_us)
			kill(slot->pid, SIGKILL);
	}
}

/* ---- What the control command "status" prints. */

void workers_describe(
	const struct workers *workers, const struct generation *generation, struct buf *text)
{
	WORKERS_EACH_POOL(workers, pool) {
		struct worker_counts counts = workers_count(workers, pool, generation);

		buf_printf(text,
			"workers %s generation=%u configured=%zu starting=%zu idle=%zu "
			"busy=%zu full=%zu in_flight=%zu in_flight_max=%zu\n",
			pool->name, generation->number,
			worker_pool_size(pool, workers->service, generation->conf),
			counts.n_starting, counts.n_idle, counts.n_busy, counts.n_full,
			counts.n_in_flight, counts.in_flight_max);
	}
}

void workers_describe_draining(const struct workers *workers, struct buf *text)
{
	size_t n = 0;

	WORKERS_EACH_SLOT(workers, slot)
		n += slot->stop_sent_us != 0;
	buf_printf(text, "draining %zu\n", n);
}
