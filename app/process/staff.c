#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "conf.h"
#include "generation.h"
#include "log.h"
#include "scoreboard.h"
#include "service.h"
#include "staff.h"
#include "start.h"
#include "watchdog.h"

#define N_SLOTS (2 * POOL_N * CONF_WORKERS_MAX) /* the largest pools twice */
#define QUICK_DEATH_US CLOCK_SECOND_US

void staff_init(struct staff *staff, const struct start *start)
{
	*staff = (struct staff){.service = start->service};
	for (enum pool pool = 0; pool < POOL_N; pool++)
		crew_init(&staff->crews[pool], pool, start);
}

int staff_open(struct staff *staff, const struct conf *conf,
	const struct inheritance *inheritance)
{
	for (struct crew *crew = staff->crews; crew < staff->crews + POOL_N; crew++) {
		if (crew_size(crew, staff->service, conf) > 0 &&
			crew_open(crew, staff->service->name, conf, inheritance) < 0)
			return -1;
	}
	return 0;
}

int staff_open_board(struct staff *staff)
{
	staff->board = scoreboard_new(N_SLOTS, ledger_n_rows(staff->service));
	if (staff->board == NULL) {
		log_error("shared memory: %m");
		return -1;
	}
	return 0;
}

void staff_close(struct staff *staff)
{
	for (size_t i = 0; i < POOL_N; i++)
		crew_close(&staff->crews[i]);
	if (staff->board != NULL)
		scoreboard_free(staff->board);
}

void staff_leave(const struct staff *staff, struct inheritance *inheritance)
{
	for (size_t i = 0; i < POOL_N; i++)
		crew_leave(&staff->crews[i], inheritance);
}

void staff_own_sockets(struct staff *staff)
{
	for (size_t i = 0; i < POOL_N; i++)
		listener_own(&staff->crews[i].listener);
}

void staff_disown_sockets(struct staff *staff)
{
	for (size_t i = 0; i < POOL_N; i++)
		listener_disown(&staff->crews[i].listener);
}

void staff_unlink_sockets(struct staff *staff)
{
	for (size_t i = 0; i < POOL_N; i++)
		listener_unlink(&staff->crews[i].listener);
}

bool staff_has_anothers_sockets(const struct staff *staff)
{
	bool has = false;

	for (size_t i = 0; i < POOL_N; i++)
		has |= listener_is_anothers(&staff->crews[i].listener);
	return has;
}

bool staff_sockets_are_named(const struct staff *staff)
{
	bool are = true;

	for (size_t i = 0; i < POOL_N; i++)
		are &= listener_is_named(&staff->crews[i].listener);
	return are;
}

void staff_publish(const struct staff *staff)
{
	for (size_t i = 0; i < POOL_N; i++)
		handover_publish(&staff->crews[i].handover);
}

void staff_withdraw(const struct staff *staff)
{
	for (size_t i = 0; i < POOL_N; i++)
		handover_unlink(&staff->crews[i].handover);
}

void staff_release_locks(struct staff *staff)
{
	for (size_t i = 0; i < POOL_N; i++)
		listener_release_lock(&staff->crews[i].listener);
}

static struct tally tally_of(
	const struct staff *staff, const struct crew *crew, const struct generation *generation)
{
	return scoreboard_tally(staff->board, crew->pool, generation->number);
}

static size_t size_of(
	const struct staff *staff, const struct crew *crew, const struct generation *generation)
{
	return crew_size(crew, staff->service, generation->conf);
}

bool staff_is_complete(const struct staff *staff, const struct generation *generation)
{
	for (const struct crew *crew = staff->crews; crew < staff->crews + POOL_N; crew++) {
		struct tally tally = tally_of(staff, crew, generation);

		if (tally.n_idle + tally.n_busy < size_of(staff, crew, generation))
			return false;
	}
	return true;
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
		log_error("cannot start a worker: %m; see the limits of processes and memory");
		scoreboard_give_back(slot);
		crew->hire_after_us = clock_monotonic_us() + CLOCK_SECOND_US;
	} else {
		slot->pid = pid;
	}
	return NULL;
}

static struct slot *hire_for(
	struct staff *staff, struct crew *crew, const struct generation *generation)
{
	struct tally tally = tally_of(staff, crew, generation);
	size_t n = tally.n_starting + tally.n_idle + tally.n_busy;
	size_t n_wanted = size_of(staff, crew, generation);

	if (generation->number != staff->on_trial && crew->hire_after_us > clock_monotonic_us())
		return NULL;
	for (; n < n_wanted; n++) {
		struct slot *vacant = scoreboard_take(
			staff->board, crew->pool, generation->number);
		struct slot *mine;

		if (vacant == NULL)
			break;
		mine = fork_worker(crew, vacant);
		if (mine != NULL || vacant->pid == 0) /* nor could the next be started */
			return mine;
	}
	return NULL;
}

struct slot *staff_hire(struct staff *staff, const struct generation *generation)
{
	struct slot *mine = NULL;

	for (size_t i = 0; i < POOL_N && mine == NULL; i++)
		mine = hire_for(staff, &staff->crews[i], generation);
	return mine;
}

static void signal_worker(struct slot *slot, int signal)
{
	if (signal != SIGUSR1 && slot->told_us == 0)
		slot->told_us = clock_monotonic_us();
	kill(slot->pid, signal);
}

void staff_signal(const struct staff *staff, int signal)
{
	for (size_t i = 0; i < staff->board->roll->n_slots; i++) {
		if (staff->board->slots[i].pid != 0)
			signal_worker(&staff->board->slots[i], signal);
	}
}

void staff_retire(const struct staff *staff, unsigned number)
{
	for (size_t i = 0; i < staff->board->roll->n_slots; i++) {
		struct slot *slot = &staff->board->slots[i];

		if (slot->pid != 0 && slot->generation == number)
			signal_worker(slot, SIGHUP);
	}
}

bool staff_is_empty(const struct staff *staff)
{
	for (size_t i = 0; i < staff->board->roll->n_slots; i++) {
		if (staff->board->slots[i].pid != 0)
			return false;
	}
	return true;
}

bool staff_is_hopeless(const struct staff *staff)
{
	bool is_dying = false;

	for (size_t i = 0; i < POOL_N; i++)
		is_dying |= staff->crews[i].n_quick_deaths > 0;
	return is_dying && !staff->was_ready;
}

void staff_try(struct staff *staff, unsigned number)
{
	staff->on_trial = number;
	staff->n_trial_deaths = 0;
	if (number != 0)
		return;
	for (size_t i = 0; i < POOL_N; i++)
		crew_release_brake(&staff->crews[i]);
}

static void log_death(const struct crew *crew, const struct slot *slot, int status)
{
	log_event(LOG_LEVEL_ERROR, "worker died");
	log_str("pool", crew->name);
	log_int("worker", slot->pid);
	log_int("generation", slot->generation);
	if (WIFSIGNALED(status))
		log_int("signal", WTERMSIG(status));
	else
		log_int("exit_status", WEXITSTATUS(status));
	log_end();
}

static enum worker_end end_of(const struct slot *slot, int status)
{
	if (slot->aborted_us != 0)
		return WORKER_OVERDUE;
	if (!WIFEXITED(status))
		return WORKER_KILLED;
	return WEXITSTATUS(status) == EXIT_SUCCESS ? WORKER_DONE : WORKER_FAILED;
}

static void bury(struct staff *staff, struct slot *slot, int status)
{
	struct crew *crew = &staff->crews[slot->pool];
	enum worker_end end = end_of(slot, status);

	scoreboard_count_end(staff->board, slot, end);
	if (end != WORKER_DONE) {
		log_death(crew, slot, status);
		if (slot->generation == staff->on_trial)
			staff->n_trial_deaths += end != WORKER_OVERDUE && slot->told_us == 0;
		else if (clock_monotonic_us() - slot->started_us < QUICK_DEATH_US)
			crew_brake(crew);
	}
	scoreboard_give_back(slot);
}

static void bury_the_dead(struct staff *staff)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < staff->board->roll->n_slots; i++) {
			if (staff->board->slots[i].pid == pid)
				bury(staff, &staff->board->slots[i], status);
		}
	}
}

void staff_look(struct staff *staff, const struct conf *conf)
{
	int64_t told_by_us = clock_monotonic_us() - conf->server_drain_timeout_ms * 1000;

	for (size_t i = 0; i < POOL_N; i++)
		staff->board->roll->n_wanted[i] = crew_size(&staff->crews[i], staff->service, conf);
	bury_the_dead(staff);
	watchdog_look(staff->board, staff->service, conf->server_request_deadline_ms);
	for (size_t i = 0; i < staff->board->roll->n_slots; i++) {
		const struct slot *slot = &staff->board->slots[i];

		staff->was_ready |= slot->state == WORKER_READY;
		if (slot->pid != 0 && slot->told_us != 0 && slot->told_us < told_by_us)
			kill(slot->pid, SIGKILL);
	}
}

void staff_describe(
	const struct staff *staff, const struct generation *generation, struct buf *text)
{
	for (const struct crew *crew = staff->crews; crew < staff->crews + POOL_N; crew++) {
		struct tally tally = tally_of(staff, crew, generation);

		buf_printf(text, "workers %s generation=%u wanted=%zu starting=%zu idle=%zu "
				 "busy=%zu\n",
			crew->name, generation->number, size_of(staff, crew, generation),
			tally.n_starting, tally.n_idle, tally.n_busy);
	}
}

void staff_describe_leaving(const struct staff *staff, struct buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < staff->board->roll->n_slots; i++)
		n += staff->board->slots[i].told_us != 0;
	buf_printf(text, "leaving %zu\n", n);
}
