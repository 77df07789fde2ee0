#include <signal.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "clock.h"
#include "log.h"
#include "scoreboard.h"
#include "watchdog.h"

#define GRACE_US 1000000

static void log_overdue(const struct slot *slot, int64_t age_us)
{
	log_event(LOG_LEVEL_ERROR, "request past its deadline, worker aborted");
	log_str("path", slot->path);
	log_int("age_ms", age_us / 1000);
	log_int("worker", slot->pid);
	log_end();
}

void watchdog_look(const struct scoreboard *board, long deadline_ms)
{
	int64_t now_us = clock_monotonic_us();

	for (size_t i = 0; i < board->n_slots; i++) {
		struct slot *slot = &board->slots[i];
		int64_t request_us = atomic_load(&slot->request_us);
		int64_t age_us = now_us - request_us;

		if (slot->pid == 0 || request_us == 0 || age_us < deadline_ms * 1000)
			continue;
		if (slot->aborted_us == 0) {
			log_overdue(slot, age_us);
			slot->aborted_us = now_us;
			kill(slot->pid, SIGABRT);
		} else if (now_us - slot->aborted_us > GRACE_US) {
			kill(slot->pid, SIGKILL);
		}
	}
}
