/*
 * How a worker leaves. Told to end by its master, it answers what waits and is gone, or, where
 * others stay, hands its connections over. What would be lost with it is answered before: what
 * waits on the listener, and what comes on the connections that its peers believe open.
 *
 * A worker whose master was killed is an orphan, and so are its siblings, who take nothing over. It
 * serves on, so that nobody finds a closed door, until workers of another master are ready, who
 * take over what it holds; half of drain_timeout_ms at most. In the other half its peers close
 * what is idle.
 *
 * A worker that never had a master ends by itself when its socket's path names another socket, or
 * none.
 */
#ifndef SHUTDOWN_H
#define SHUTDOWN_H

#include <stdbool.h>
#include <stdint.h>

struct heartbeat;
struct connections;
struct worker_place;

enum stage {
	STAGE_STAYING,
	STAGE_ORPHANED,  /* serves on, until another master does */
	STAGE_DRAINING,  /* told to end: answers all that is already there */
	STAGE_LINGERING, /* waits for its peers to close what is idle */
	STAGE_OVER,
};

struct shutdown {
	const struct worker_place *place;
	enum stage stage;
	int64_t since_us, looked_us;
	bool is_orphan;
	int heirs; /* the end to give to of the workers who take over; -1: nobody does */
};

/* So that this process hears of its master's end, by USR2. */
void shutdown_init(struct shutdown *shutdown, const struct worker_place *place);
void shutdown_enter(struct shutdown *shutdown, enum stage stage);
/* One of worker.h's signals that says that the end has come. */
void shutdown_signal(struct shutdown *shutdown, int signal, struct heartbeat *heartbeat);
/* Once each time that the worker has waited; is_quiet: in vain. */
void shutdown_poll(struct shutdown *shutdown, struct connections *connections, bool is_quiet);
/* Whether a connection whose request was answered may stay, here or with who takes it over. */
bool shutdown_keeps(const struct shutdown *shutdown);
/* Gives what is left to whoever takes it over. */
void shutdown_finish(struct shutdown *shutdown, struct connections *connections);

#endif
