/*
 * All workers of a master: two crews, and the scoreboard on which each has a slot.
 *
 * Workers of several generations live beside one another: those who serve, those of the next
 * configuration, and those who were told to end. One that serves and dies is replaced, with growing
 * pauses if they go on dying as they start. Of a generation on trial it is at once, and counted.
 */
#ifndef STAFF_H
#define STAFF_H

#include <stdbool.h>
#include <stddef.h>

#include "crew.h"

/* Workers that are not ready by then do not come up. */
#define STAFF_READY_WITHIN_S 10

struct buf;
struct conf;
struct generation;
struct inheritance;
struct scoreboard;
struct service;
struct slot;
struct start;

struct staff {
	const struct service *service;
	struct scoreboard *board;
	struct crew crews[POOL_N]; /* by enum pool */
	unsigned on_trial; /* the number of that generation; 0: none */
	unsigned n_trial_deaths; /* but for those by the watchdog, and of who was told to end */
	bool was_ready; /* some worker, at some time */
};

void staff_init(struct staff *staff, const struct start *start);
/* The crews' sockets. -1: logged. */
int staff_open(struct staff *staff, const struct conf *conf,
	const struct inheritance *inheritance);
/* Where the workers will leave their traces. -1: logged. */
int staff_open_board(struct staff *staff);
void staff_close(struct staff *staff);
/* What crew.h and listener.h say of one, for all. */
void staff_leave(const struct staff *staff, struct inheritance *inheritance);
void staff_own_sockets(struct staff *staff);
void staff_disown_sockets(struct staff *staff);
void staff_unlink_sockets(struct staff *staff);
/* Whether one is of who may start another master on it. */
bool staff_has_anothers_sockets(const struct staff *staff);
/* What listener.h says of one, for all. */
bool staff_sockets_are_named(const struct staff *staff);
/* Whether who lost another master finds the workers, who are ready. */
void staff_publish(const struct staff *staff);
void staff_withdraw(const struct staff *staff);
void staff_release_locks(struct staff *staff);

/* Forks what is missing of a generation. The new one's slot in a worker, NULL in the master. */
struct slot *staff_hire(struct staff *staff, const struct generation *generation);
/* Whether all workers of a generation are ready. */
bool staff_is_complete(const struct staff *staff, const struct generation *generation);
bool staff_is_empty(const struct staff *staff);
/* Whether workers die as they start and none was ever ready. */
bool staff_is_hopeless(const struct staff *staff);

/* The next deaths are those of workers on trial; 0: nobody is. */
void staff_try(struct staff *staff, unsigned number);
/* One of worker.h's. */
void staff_signal(const struct staff *staff, int signal);
/* Tells a generation to end while others stay, who take its connections over. */
void staff_retire(const struct staff *staff, unsigned number);
/* Buries who has died, aborts who is stuck, kills who was told to end long ago. */
void staff_look(struct staff *staff, const struct conf *conf);

/* Lines for the status: of a generation, and of all who were told to end. */
void staff_describe(
	const struct staff *staff, const struct generation *generation, struct buf *text);
void staff_describe_leaving(const struct staff *staff, struct buf *text);

#endif
