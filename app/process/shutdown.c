#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "instance.h"
#include "listener.h"
#include "log.h"
#include "connections.h"
#include "shutdown.h"
#include "watchdog.h"
#include "worker.h"

#define BACKLOG_US CLOCK_SECOND_US
/* By then the web server has closed what was idle (conf/nginx: keepalive_timeout 5s). */
#define LINGER_MAX_US (10 * CLOCK_SECOND_US)
#define LOOK_US 100000
#define SLACK_MS 1000

void shutdown_init(struct shutdown *shutdown, const struct worker_place *place)
{
	*shutdown = (struct shutdown){.place = place, .heirs = place->handover.out};
	if (place->master == 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGUSR2);
	if (getppid() != place->master) /* it was faster, and this one has nothing in hand */
		raise(SIGKILL);
}

void shutdown_enter(struct shutdown *shutdown, enum stage stage)
{
	shutdown->stage = stage;
	shutdown->since_us = clock_monotonic_us();
}

static void become_orphan(struct shutdown *shutdown, struct heartbeat *heartbeat)
{
	long end_in_ms = shutdown->place->conf->server_drain_timeout_ms;

	log_warning("the master has gone; this worker ends in %ld ms at the latest", end_in_ms);
	shutdown->is_orphan = true;
	shutdown->heirs = -1;
	heartbeat_set_end(heartbeat, end_in_ms + SLACK_MS);
	if (shutdown->stage == STAGE_STAYING)
		shutdown_enter(shutdown, STAGE_ORPHANED);
}

void shutdown_signal(struct shutdown *shutdown, int signal, struct heartbeat *heartbeat)
{
	const struct worker_place *place = shutdown->place;

	if (place->master != 0 && !shutdown->is_orphan && getppid() != place->master)
		become_orphan(shutdown, heartbeat);
	if (signal == SIGUSR2)
		return;
	shutdown_enter(
		shutdown, signal == SIGHUP && shutdown->heirs >= 0 ? STAGE_OVER : STAGE_DRAINING);
}

static bool is_time_to_look(struct shutdown *shutdown)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - shutdown->looked_us < LOOK_US)
		return false;
	shutdown->looked_us = now_us;
	return true;
}

/* Whether workers of another master are ready. */
static bool find_heirs(struct shutdown *shutdown)
{
	const struct worker_place *place = shutdown->place;
	pid_t master;

	if (!is_time_to_look(shutdown))
		return false;
	master = instance_read_pid(place->instance);
	if (master != 0 && master != place->master)
		shutdown->heirs = handover_find(&place->handover);
	return shutdown->heirs >= 0;
}

/* Whether nobody can connect any more to a worker without a master to end it: who held its socket
 * was killed, and has made another. */
static bool is_unreachable(struct shutdown *shutdown)
{
	const struct worker_place *place = shutdown->place;

	if (place->master != 0 || !is_time_to_look(shutdown) || listener_is_named(place->listener))
		return false;
	log_warning("the path of the socket names another, or none");
	return true;
}

static void drain(struct shutdown *shutdown, struct connections *connections, bool is_quiet)
{
	if (!is_quiet && clock_monotonic_us() - shutdown->since_us < BACKLOG_US)
		return;
	connections_close_listeners(connections);
	if (shutdown->heirs < 0) {
		close(shutdown->place->listener->fd);
		shutdown_enter(shutdown, STAGE_LINGERING);
	} else if (is_quiet || shutdown->is_orphan) {
		shutdown_enter(shutdown, STAGE_OVER);
	}
}

void shutdown_poll(struct shutdown *shutdown, struct connections *connections, bool is_quiet)
{
	int64_t waited_us = clock_monotonic_us() - shutdown->since_us;
	int64_t half_us = shutdown->place->conf->server_drain_timeout_ms * 1000 / 2;
	int64_t linger_us = half_us < LINGER_MAX_US ? half_us : LINGER_MAX_US;

	switch (shutdown->stage) {
	case STAGE_STAYING:
		if (is_unreachable(shutdown))
			shutdown_enter(shutdown, STAGE_DRAINING);
		break;
	case STAGE_ORPHANED:
		if (find_heirs(shutdown) || waited_us > half_us)
			shutdown_enter(shutdown, STAGE_DRAINING);
		break;
	case STAGE_DRAINING:
		drain(shutdown, connections, is_quiet);
		break;
	case STAGE_LINGERING:
		if (connections_count(connections) == 0 || waited_us > linger_us)
			shutdown_enter(shutdown, STAGE_OVER);
		break;
	default:
		break;
	}
}

bool shutdown_keeps(const struct shutdown *shutdown)
{
	bool is_taken_over =
		shutdown->heirs >= 0 && (shutdown->stage == STAGE_OVER || shutdown->is_orphan);

	return shutdown->stage == STAGE_STAYING || shutdown->stage == STAGE_ORPHANED ||
		is_taken_over;
}

void shutdown_finish(struct shutdown *shutdown, struct connections *connections)
{
	if (shutdown->heirs < 0)
		return;
	connections_hand_over(connections, shutdown->heirs);
	if (shutdown->is_orphan)
		close(shutdown->heirs);
}
