#include "clock.h"
#include "err.h"
#include "heartbeat.h"

#define PAUSE_US CLOCK_SECOND_US
/* A master's watchdog comes before. */
#define SLACK_US (3 * CLOCK_SECOND_US / 2)
#define LAST_WORDS_US CLOCK_SECOND_US

/* The kill follows the alarm. */
static void set(const struct heartbeat *heartbeat, int64_t in_us)
{
	for (size_t i = 0; i < HEARTBEAT_N_TIMERS; i++) {
		int64_t at_us = in_us + (int64_t)i * LAST_WORDS_US;
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

	*heartbeat = (struct heartbeat){.patience_us = deadline_ms * 1000 + SLACK_US};
	for (size_t i = 0; i < HEARTBEAT_N_TIMERS; i++) {
		struct sigevent event = {
			.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signals[i]};

		if (timer_create(CLOCK_MONOTONIC, &event, &heartbeat->timers[i]) < 0)
			BUG("timer_create: %m");
	}
	heartbeat_beat(heartbeat, clock_monotonic_us());
}

void heartbeat_beat(struct heartbeat *heartbeat, int64_t now_us)
{
	if (now_us - heartbeat->last_us < PAUSE_US)
		return;
	heartbeat->last_us = now_us;
	set(heartbeat, heartbeat->patience_us);
}

void heartbeat_set_end(struct heartbeat *heartbeat, long end_in_ms)
{
	heartbeat->last_us = INT64_MAX;
	set(heartbeat, (int64_t)end_in_ms * 1000);
}
