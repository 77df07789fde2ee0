#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "clock.h"
#include "err.h"
#include "log.h"
#include "request_stats.h"
#include "scoreboard.h"
#include "watchdog.h"

#define KILL_AFTER_US CLOCK_SECOND_US
#define BEAT_INTERVAL_US CLOCK_SECOND_US
/* The master's watchdog comes first. */
#define HEARTBEAT_SLACK_US (3 * CLOCK_SECOND_US / 2)

/* What the worker holds; it loses all of it. */
struct held {
	struct in_flight oldest;
	size_t n, n_at[ACTIVITY_N]; /* all, and by what they wait for */
};

/* Returns false if the worker holds no request. */
static bool watchdog_read(
	const struct scoreboard *board, const struct slot *slot, struct held *held_r)
{
	struct in_flight in_flight;

	*held_r = (struct held){0};
	for (size_t at = 0; scoreboard_next_in_flight(board, slot, &at, &in_flight);) {
		if (held_r->n++ == 0 || in_flight.age_us > held_r->oldest.age_us)
			held_r->oldest = in_flight;
		held_r->n_at[in_flight.activity]++;
	}
	return held_r->n > 0;
}

static void watchdog_log_oldest(const struct in_flight *in_flight)
{
	log_set_request_id(in_flight->request_id);
	log_event(LOG_LEVEL_ERROR, "request past its deadline, worker aborted");
	log_str("endpoint", in_flight->route == NULL ? NULL : in_flight->route->endpoint);
	log_int("age_ms", in_flight->age_us / 1000);
	log_str("at", activity_name(in_flight->activity));
	if (in_flight->stalled_us > 0)
		log_int("for_ms", in_flight->stalled_us / 1000);
	log_int("worker", in_flight->pid);
	log_end();
	log_set_request_id(NULL);
}

static void watchdog_log_others(const struct held *held)
{
	log_event(LOG_LEVEL_ERROR, "other requests of the aborted worker");
	log_int("n", (int64_t)held->n - 1);
	for (enum activity i = 0; i < ACTIVITY_N; i++) {
		size_t n = held->n_at[i] - (i == held->oldest.activity);

		if (n > 0)
			log_int(activity_name(i), (int64_t)n);
	}
	log_int("worker", held->oldest.pid);
	log_end();
}

static void watchdog_log(const struct held *held)
{
	watchdog_log_oldest(&held->oldest);
	if (held->n > 1)
		watchdog_log_others(held);
}

static void watchdog_check_slot(
	const struct scoreboard *board, struct slot *slot, int64_t deadline_us)
{
	int64_t now_us = clock_monotonic_us();
	struct held held;

	scoreboard_poll_activity(board, slot, now_us);
	if (slot->pid == 0 || !watchdog_read(board, slot, &held) ||
		held.oldest.age_us < deadline_us)
		return;
	if (slot->aborted_us == 0) {
		watchdog_log(&held);
		slot->aborted_us = now_us;
		kill(slot->pid, SIGABRT);
	} else if (now_us - slot->aborted_us > KILL_AFTER_US) {
		kill(slot->pid, SIGKILL);
	}
}

void watchdog_poll(const struct scoreboard *board, long deadline_ms)
{
	for (size_t i = 0; i < board->master->n_slots; i++)
		watchdog_check_slot(board, &board->slots[i], deadline_ms * 1000);
}

static const struct scoreboard *own_board;
static const struct slot *own_slot;

/* Logging is not made for signal handlers. If it never returns, the heartbeat's kill follows. */
static void watchdog_on_alarm(int signal)
{
	struct held held;

	if (watchdog_read(own_board, own_slot, &held))
		watchdog_log(&held);
	raise(signal);
}

void watchdog_catch_alarm(const struct scoreboard *board, const struct slot *slot)
{
	const struct sigaction action = {
		.sa_handler = watchdog_on_alarm,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER),
	};

	own_board = board;
	own_slot = slot;
	sigaction(SIGALRM, &action, NULL);
}

static void heartbeat_set_timers(const struct heartbeat *heartbeat, int64_t in_us)
{
	for (size_t i = 0; i < HEARTBEAT_N_TIMERS; i++) {
		int64_t at_us = in_us + (int64_t)i * KILL_AFTER_US;
		const struct itimerspec end = {
			.it_value = {.tv_sec = at_us / CLOCK_SECOND_US,
				.tv_nsec = at_us % CLOCK_SECOND_US * 1000},
		};

		timer_settime(heartbeat->timers[i], 0, &end, NULL);
	}
}

void heartbeat_start(struct heartbeat *heartbeat, long deadline_ms)
{
	static const int signals[HEARTBEAT_N_TIMERS] = {SIGALRM, SIGKILL};
	const int64_t now_us = clock_monotonic_us();

	*heartbeat = (struct heartbeat){.timeout_us = deadline_ms * 1000 + HEARTBEAT_SLACK_US};
	for (size_t i = 0; i < HEARTBEAT_N_TIMERS; i++) {
		struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signals[i]};

		if (timer_create(CLOCK_MONOTONIC, &event, &heartbeat->timers[i]) < 0)
			BUG("timer_create: %m");
	}
	heartbeat_beat(heartbeat, now_us, now_us);
}

void heartbeat_beat(struct heartbeat *heartbeat, int64_t now_us, int64_t oldest_us)
{
	int64_t left_us = oldest_us + heartbeat->timeout_us - now_us;

	if (now_us - heartbeat->last_us < BEAT_INTERVAL_US || left_us <= 0)
		return;
	heartbeat->last_us = now_us;
	heartbeat_set_timers(heartbeat, left_us);
}

void heartbeat_set_end(struct heartbeat *heartbeat, long end_in_ms)
{
	heartbeat->last_us = INT64_MAX;
	heartbeat_set_timers(heartbeat, (int64_t)end_in_ms * 1000);
}
