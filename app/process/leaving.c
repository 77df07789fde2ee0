#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "heartbeat.h"
#include "leaving.h"
#include "listener.h"
#include "log.h"
#include "parking.h"
#include "pid_file.h"
#include "worker.h"

#define BACKLOG_US CLOCK_SECOND_US
/* By then the web server has closed what was idle (conf/nginx: keepalive_timeout 5s). */
#define LINGER_MAX_US (10 * CLOCK_SECOND_US)
#define LOOK_US 100000
#define SLACK_MS 1000

void leaving_prepare(struct leaving *leaving, const struct worker_place *place)
{
	*leaving = (struct leaving){.place = place, .heirs = place->handover.out};
	if (place->master == 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGUSR2);
	if (getppid() != place->master) /* it was faster, and this one has nothing in hand */
		raise(SIGKILL);
}

void leaving_enter(struct leaving *leaving, enum stage stage)
{
	leaving->stage = stage;
	leaving->since_us = clock_monotonic_us();
}

static void become_orphan(struct leaving *leaving, struct heartbeat *heartbeat)
{
	long end_in_ms = leaving->place->conf->server_drain_timeout_ms;

	log_warning("the master has gone; this worker ends in %ld ms at the latest", end_in_ms);
	leaving->is_orphan = true;
	leaving->heirs = -1;
	heartbeat_set_end(heartbeat, end_in_ms + SLACK_MS);
	if (leaving->stage == STAGE_STAYING)
		leaving_enter(leaving, STAGE_ORPHANED);
}

void leaving_hear(struct leaving *leaving, int signal, struct heartbeat *heartbeat)
{
	const struct worker_place *place = leaving->place;

	if (place->master != 0 && !leaving->is_orphan && getppid() != place->master)
		become_orphan(leaving, heartbeat);
	if (signal == SIGUSR2)
		return;
	leaving_enter(leaving,
		signal == SIGHUP && leaving->heirs >= 0 ? STAGE_OVER : STAGE_DRAINING);
}

static bool is_time_to_look(struct leaving *leaving)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - leaving->looked_us < LOOK_US)
		return false;
	leaving->looked_us = now_us;
	return true;
}

/* Whether workers of another master are ready. */
static bool find_heirs(struct leaving *leaving)
{
	const struct worker_place *place = leaving->place;
	pid_t master;

	if (!is_time_to_look(leaving))
		return false;
	master = pid_file_read(place->pid_file);
	if (master != 0 && master != place->master)
		leaving->heirs = handover_find(&place->handover);
	return leaving->heirs >= 0;
}

/* Whether nobody can connect any more to a worker without a master to end it: who held its socket
 * was killed, and has made another. */
static bool is_unreachable(struct leaving *leaving)
{
	const struct worker_place *place = leaving->place;

	if (place->master != 0 || !is_time_to_look(leaving) || listener_is_named(place->listener))
		return false;
	log_warning("the path of the socket names another, or none");
	return true;
}

static void drain(struct leaving *leaving, struct parking *parking, bool is_quiet)
{
	if (!is_quiet && clock_monotonic_us() - leaving->since_us < BACKLOG_US)
		return;
	parking_close_doors(parking);
	if (leaving->heirs < 0) {
		close(leaving->place->listener->fd);
		leaving_enter(leaving, STAGE_LINGERING);
	} else if (is_quiet || leaving->is_orphan) {
		leaving_enter(leaving, STAGE_OVER);
	}
}

void leaving_go_on(struct leaving *leaving, struct parking *parking, bool is_quiet)
{
	int64_t waited_us = clock_monotonic_us() - leaving->since_us;
	int64_t half_us = leaving->place->conf->server_drain_timeout_ms * 1000 / 2;
	int64_t linger_us = half_us < LINGER_MAX_US ? half_us : LINGER_MAX_US;

	switch (leaving->stage) {
	case STAGE_STAYING:
		if (is_unreachable(leaving))
			leaving_enter(leaving, STAGE_DRAINING);
		break;
	case STAGE_ORPHANED:
		if (find_heirs(leaving) || waited_us > half_us)
			leaving_enter(leaving, STAGE_DRAINING);
		break;
	case STAGE_DRAINING:
		drain(leaving, parking, is_quiet);
		break;
	case STAGE_LINGERING:
		if (parking_n_connections(parking) == 0 || waited_us > linger_us)
			leaving_enter(leaving, STAGE_OVER);
		break;
	default:
		break;
	}
}

bool leaving_keeps(const struct leaving *leaving)
{
	bool is_taken_over =
		leaving->heirs >= 0 && (leaving->stage == STAGE_OVER || leaving->is_orphan);

	return leaving->stage == STAGE_STAYING || leaving->stage == STAGE_ORPHANED || is_taken_over;
}

void leaving_end(struct leaving *leaving, struct parking *parking)
{
	if (leaving->heirs < 0)
		return;
	parking_hand_over(parking, leaving->heirs);
	if (leaving->is_orphan)
		close(leaving->heirs);
}
