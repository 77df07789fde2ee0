/*
 * The connections of one worker and its only wait: for new ones on the listening socket, for the
 * next request on those that are parked here idle, and for signals. An idle connection that has
 * carried a request is never closed from this side, since the web server may be about to send the
 * next one; one that never spoke is, after its time.
 *
 * Signals come by a signalfd and are blocked all the time: none interrupts a request, and none is
 * kept waiting while there is always something to serve, as it would be by epoll_pwait().
 */
#ifndef PARKING_H
#define PARKING_H

#include <stdbool.h>
#include <stdint.h>

#include "handover.h"

struct conf;
struct fcgi_connection;
struct parking;

/* Reads and answers the request that has come; whether the connection stays. */
typedef bool parking_serve(void *ctx, struct fcgi_connection *connection);

struct parking_doors {
	int listener; /* non-blocking */
	int signals;  /* a signalfd */
	struct handover handover;
};

/* The descriptors stay the caller's. NULL: errno. */
struct parking *parking_new(const struct conf *conf, const struct parking_doors *doors,
	parking_serve *serve, void *ctx);
/* Closes all connections. */
void parking_free(struct parking *parking);

enum parking_event {
	PARKING_QUIET = 0,
	PARKING_SERVED = 1,
	PARKING_SIGNAL = 2, /* can be read */
};

/* Waits up to wait_ms for something to come and serves it. A set of enum parking_event. */
unsigned parking_wait(struct parking *parking, int wait_ms);
/* No new connections from now on, nor any from other workers. */
void parking_close_doors(struct parking *parking);
/* Gives all connections to other workers, by this end of their handover. */
void parking_hand_over(struct parking *parking, int out);
/* Closes the connections that have not said a word in their time. */
void parking_sweep(struct parking *parking);

uint32_t parking_n_connections(const struct parking *parking);

#endif
