/*
 * How a worker ends. Stopped by its master, it drains: it answers what is in the listen queue and
 * what comes on the connections that its peers believe open. Where other workers stay, it hands
 * its connections over to them instead.
 *
 * A worker whose master was killed is an orphan, and so are its siblings; none takes over from
 * another. It serves on, so that clients can still connect, until the workers of another master are
 * ready. They take over what it holds. It waits for them half of drain_timeout_ms at most, and
 * drains in the other half, in which its peers close what is idle.
 *
 * A worker that never had a master drains by itself when the path of its socket names another
 * socket, or none.
 */
#ifndef SHUTDOWN_H
#define SHUTDOWN_H

#include <stdbool.h>
#include <stdint.h>

struct connections;
struct heartbeat;
struct worker_place;

enum shutdown_stage {
	SHUTDOWN_NONE,
	SHUTDOWN_ORPHANED,  /* serves on until another master does */
	SHUTDOWN_DRAINING,  /* answers all that is already there */
	SHUTDOWN_LINGERING, /* accepts no more; waits for its peers to close what is idle */
	SHUTDOWN_DONE,      /* takes no more; ends when no request is in flight */
};

struct shutdown {
	const struct worker_place *place;
	enum shutdown_stage stage;
	int64_t since_us, checked_us;
	int64_t full_us; /* when the worker was last seen full while it drained; 0: not yet */
	bool is_orphan;
	int successor_fd; /* for handover_give(), to the workers that take over; -1: none do */
};

/* Asks the kernel to signal the end of the master, by USR2. */
void shutdown_init(struct shutdown *shutdown, const struct worker_place *place);
/* A stage is never entered again, nor one before it: a second signal to stop changes nothing. */
void shutdown_enter(struct shutdown *shutdown, enum shutdown_stage stage);
/* Acts on a signal of worker.h that stops the worker, or tells it that its master is gone. */
void shutdown_on_signal(struct shutdown *shutdown, int signal, struct heartbeat *heartbeat);
/* Enters the next stage when it is time. The worker calls it after each wait. is_quiet: it could
 * have taken a request, and none came. is_full: it holds as many as it may. */
void shutdown_poll(struct shutdown *shutdown, struct connections *connections, bool is_quiet,
	bool is_full);
/* Returns whether a connection stays open after its request, here or in the worker that takes it
 * over. */
bool shutdown_keeps_connections(const struct shutdown *shutdown);
/* In the last stage: hands what is idle over to the workers that take over, or closes it. */
void shutdown_finish(const struct shutdown *shutdown, struct connections *connections);

#endif
