#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "connections.h"
#include "instance.h"
#include "listener.h"
#include "log.h"
#include "shutdown.h"
#include "watchdog.h"
#include "worker_place.h"

#define BACKLOG_US CLOCK_SECOND_US
/* By then the web server has closed what was idle (conf/nginx: keepalive_timeout 5s). */
#define LINGER_MAX_US (10 * CLOCK_SECOND_US)
#define CHECK_US 100000
#define SLACK_MS 1000

void shutdown_init(struct shutdown *shutdown, const struct worker_place *place)
{
	*shutdown = (struct shutdown){.place = place, .successor_fd = place->handover.out};
	if (place->master == 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGUSR2);
	if (getppid() != place->master) /* it ended before prctl(); this worker holds nothing yet */
		raise(SIGKILL);
}

void shutdown_enter(struct shutdown *shutdown, enum shutdown_stage stage)
{
	if (stage <= shutdown->stage)
		return;
	shutdown->stage = stage;
	shutdown->since_us = clock_monotonic_us();
}

static void shutdown_become_orphan(struct shutdown *shutdown, struct heartbeat *heartbeat)
{
	long end_in_ms = shutdown->place->conf->server_drain_timeout_ms;

	log_warning("the master is gone; this worker exits within %ld ms", end_in_ms);
	shutdown->is_orphan = true;
	shutdown->successor_fd = -1;
	heartbeat_set_end(heartbeat, end_in_ms + SLACK_MS);
	if (shutdown->stage == SHUTDOWN_NONE)
		shutdown_enter(shutdown, SHUTDOWN_ORPHANED);
}

void shutdown_on_signal(struct shutdown *shutdown, int signal, struct heartbeat *heartbeat)
{
	const struct worker_place *place = shutdown->place;

	if (place->master != 0 && !shutdown->is_orphan && getppid() != place->master)
		shutdown_become_orphan(shutdown, heartbeat);
	if (signal == SIGUSR2)
		return;
	shutdown_enter(shutdown,
		signal == SIGHUP && shutdown->successor_fd >= 0 ? SHUTDOWN_DONE
								: SHUTDOWN_DRAINING);
}

static bool shutdown_is_check_due(struct shutdown *shutdown)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - shutdown->checked_us < CHECK_US)
		return false;
	shutdown->checked_us = now_us;
	return true;
}

/* Returns whether workers of another master are ready. */
static bool shutdown_find_successor(struct shutdown *shutdown)
{
	const struct worker_place *place = shutdown->place;
	pid_t master;

	if (!shutdown_is_check_due(shutdown))
		return false;
	master = instance_read_pid(place->instance);
	if (master != 0 && master != place->master)
		shutdown->successor_fd = handover_find(&place->handover);
	return shutdown->successor_fd >= 0;
}

/* Without a master, nobody stops a worker to which nobody can connect any more, because the program
 * that held its socket was killed and has made another. */
static bool shutdown_is_unreachable(struct shutdown *shutdown)
{
	const struct worker_place *place = shutdown->place;

	if (place->master != 0 || !shutdown_is_check_due(shutdown) ||
		listener_is_named(place->listener))
		return false;
	log_warning("the path of the socket names another socket, or nothing");
	return true;
}

/* Half of drain_timeout_ms; the other half is for the connections that its peers still hold. */
static int64_t shutdown_half_us(const struct shutdown *shutdown)
{
	return shutdown->place->conf->server_drain_timeout_ms * 1000 / 2;
}

/* Returns whether what was in the listen queue is taken. A full worker takes none of it, so its
 * time begins when there is room. */
static bool shutdown_has_emptied_queue(struct shutdown *shutdown, bool is_quiet, bool is_full)
{
	int64_t now_us = clock_monotonic_us();

	if (is_full && now_us - shutdown->since_us < shutdown_half_us(shutdown)) {
		shutdown->full_us = now_us;
		return false;
	}
	return is_quiet ||
		(now_us - shutdown->since_us >= BACKLOG_US &&
			now_us - shutdown->full_us >= BACKLOG_US);
}

static void shutdown_drain(
	struct shutdown *shutdown, struct connections *connections, bool is_quiet, bool is_full)
{
	if (!shutdown_has_emptied_queue(shutdown, is_quiet, is_full))
		return;
	connections_stop_accepting(connections);
	if (shutdown->successor_fd < 0) {
		close(shutdown->place->listener->fd);
		shutdown_enter(shutdown, SHUTDOWN_LINGERING);
	} else if (is_quiet || shutdown->is_orphan) {
		shutdown_enter(shutdown, SHUTDOWN_DONE);
	}
}

void shutdown_poll(
	struct shutdown *shutdown, struct connections *connections, bool is_quiet, bool is_full)
{
	int64_t waited_us = clock_monotonic_us() - shutdown->since_us;
	int64_t half_us = shutdown_half_us(shutdown);
	int64_t linger_us = half_us < LINGER_MAX_US ? half_us : LINGER_MAX_US;

	switch (shutdown->stage) {
	case SHUTDOWN_NONE:
		if (shutdown_is_unreachable(shutdown))
			shutdown_enter(shutdown, SHUTDOWN_DRAINING);
		break;
	case SHUTDOWN_ORPHANED:
		if (shutdown_find_successor(shutdown) || waited_us > half_us)
			shutdown_enter(shutdown, SHUTDOWN_DRAINING);
		break;
	case SHUTDOWN_DRAINING:
		shutdown_drain(shutdown, connections, is_quiet, is_full);
		break;
	case SHUTDOWN_LINGERING:
		if (connections_count(connections) == 0 || waited_us > linger_us)
			shutdown_enter(shutdown, SHUTDOWN_DONE);
		break;
	default:
		break;
	}
}

bool shutdown_keeps_connections(const struct shutdown *shutdown)
{
	bool is_taken_over = shutdown->successor_fd >= 0 &&
		(shutdown->stage == SHUTDOWN_DONE || shutdown->is_orphan);

	return shutdown->stage == SHUTDOWN_NONE || shutdown->stage == SHUTDOWN_ORPHANED ||
		is_taken_over;
}

void shutdown_finish(const struct shutdown *shutdown, struct connections *connections)
{
	if (shutdown->successor_fd >= 0)
		connections_hand_over(connections, shutdown->successor_fd);
	else
		connections_close_idle(connections);
}
