/*
 * The connections of one worker and its only wait: for new ones on the listening socket, for the
 * next request on those that are parked here idle, and for signals. An idle connection that has
 * carried a request is never closed from this side, since the web server may be about to send the
 * next one; one that never spoke is, after its time.
 *
 * Signals come by a signalfd and are blocked all the time: none interrupts a request, and none is
 * kept waiting while there is always something to serve, as it would be by epoll_pwait().
 */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "handover.h"

struct conf;
struct fcgi_connection;
struct connections;

/* Reads and answers the request that has come; whether the connection stays. */
typedef bool connections_serve(void *ctx, struct fcgi_connection *connection);

struct connections_listeners {
	int listener; /* non-blocking */
	int signals;  /* a signalfd */
	struct handover handover;
};

/* The descriptors stay the caller's. NULL: errno. */
struct connections *connections_new(const struct conf *conf,
	const struct connections_listeners *doors, connections_serve *serve, void *ctx);
/* Closes all connections. */
void connections_free(struct connections *connections);

enum connections_event {
	CONNECTIONS_QUIET = 0,
	CONNECTIONS_SERVED = 1,
	CONNECTIONS_SIGNAL = 2, /* can be read */
};

/* Waits up to wait_ms for something to come and serves it. A set of enum connections_event. */
unsigned connections_wait(struct connections *connections, int wait_ms);
/* No new connections from now on, nor any from other workers. */
void connections_close_listeners(struct connections *connections);
/* Gives all connections to other workers, by this end of their handover. */
void connections_hand_over(struct connections *connections, int out);
/* Closes the connections that have not said a word in their time. */
void connections_sweep(struct connections *connections);

uint32_t connections_count(const struct connections *connections);

#endif
