#include <signal.h>
#include <sys/types.h>

#include "clock.h"
#include "log.h"
#include "scoreboard.h"
#include "standing.h"
#include "watchdog.h"

#define GRACE_US CLOCK_SECOND_US

static void log_overdue(const struct standing *standing)
{
	log_set_request_id(standing->request_id);
	log_event(LOG_LEVEL_ERROR, "request past its deadline, worker aborted");
	log_str("endpoint", standing->endpoint == NULL ? NULL : standing->endpoint->path);
	log_int("age_ms", standing->age_us / 1000);
	log_str("at", activity_name(standing->activity));
	if (standing->still_us > 0)
		log_int("for_ms", standing->still_us / 1000);
	log_int("worker", standing->pid);
	log_end();
	log_set_request_id(NULL);
}

static void look_at(struct slot *slot, const struct service *service, int64_t deadline_us)
{
	int64_t now_us = clock_monotonic_us();
	struct standing standing;

	standing_watch(slot, now_us);
	if (slot->pid == 0 || !standing_read(slot, service, &standing) ||
		standing.age_us < deadline_us)
		return;
	if (slot->aborted_us == 0) {
		log_overdue(&standing);
		slot->aborted_us = now_us;
		kill(slot->pid, SIGABRT);
	} else if (now_us - slot->aborted_us > GRACE_US) {
		kill(slot->pid, SIGKILL);
	}
}

void watchdog_look(
	const struct scoreboard *board, const struct service *service, long deadline_ms)
{
	for (size_t i = 0; i < board->roll->n_slots; i++)
		look_at(&board->slots[i], service, deadline_ms * 1000);
}

static const struct slot *own_slot;
static const struct service *own_service;

/* What writes a line was not made for handlers. Should it never return, heartbeat's kill comes. */
static void on_alarm(int signal)
{
	struct standing standing;

	if (standing_read(own_slot, own_service, &standing))
		log_overdue(&standing);
	raise(signal);
}

void watchdog_watch_own(const struct slot *slot, const struct service *service)
{
	const struct sigaction action = {
		.sa_handler = on_alarm,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER),
	};

	own_slot = slot;
	own_service = service;
	sigaction(SIGALRM, &action, NULL);
}
