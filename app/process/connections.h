/*
 * The connections of one worker, and its only wait: for a new connection on the listening socket,
 * for the next request on one that is kept open, for signals, and for what its requests wait for.
 * The worker takes a connection from here when a request has come on it, serves that request, and
 * puts the connection back, perhaps after others.
 *
 * An idle connection that has carried a request is never closed from this side, because the web
 * server may be about to send the next one. A connection on which nothing was ever sent is closed
 * after server.io_timeout_ms.
 *
 * A worker that holds several requests does not let them wait for a slow client: it takes a request
 * only when all of it has come. Until then it reads what is there, and the connection counts as
 * idle. If nothing more comes for server.io_timeout_ms, the connection is closed.
 *
 * Signals are read from a signalfd and are blocked all the time, so that none interrupts a request.
 * epoll_pwait() would deliver none as long as there is always a request to serve.
 */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct connections;
struct fcgi_connection;
struct worker_place;

struct conn {
	struct fcgi_connection *fcgi; /* NULL: none */
	bool is_watched;              /* by the epoll set */
	bool is_busy;                 /* its request is in flight */
	int64_t silent_since_us;      /* 0: it has carried a request */
	struct conn *next_vacant;
};

/* signals: a signalfd; waits: the service's worker_fd(), -1: none. Both stay the caller's. The
 * place must outlive it. Returns NULL with errno if there is no epoll set. */
struct connections *connections_new(const struct worker_place *place, int signals, int waits);
/* Closes all connections. */
void connections_free(struct connections *connections);

enum connections_event {
	CONNECTIONS_QUIET,    /* nothing happened in wait_ms */
	CONNECTIONS_ACCEPTED, /* connections came that have sent nothing yet */
	CONNECTIONS_REQUEST,  /* *conn_r has a request to read; connections_put() must follow */
	CONNECTIONS_SIGNAL,   /* signals can be read */
	CONNECTIONS_RESUME,   /* requests that waited can go on */
};

/* Returns what comes next. has_room: the worker can take a request; else no connection is looked
 * at, and new ones are for other workers. */
enum connections_event connections_next(
	struct connections *connections, bool has_room, int wait_ms, struct conn **conn_r);
/* Closes the connection, or keeps it and waits for its next request. At most
 * server.idle_connections_max are kept. */
void connections_put(struct connections *connections, struct conn *conn, bool is_kept);

/* Since when no connection that came could be accepted, since there is no descriptor for it; 0: it
 * can be. */
int64_t connections_short_since_us(const struct connections *connections);

/* Accepts no more connections, and takes over none from other workers. */
void connections_stop_accepting(struct connections *connections);
/* Gives all idle connections to other workers by out, the end of their handover that is written
 * to. */
void connections_hand_over(struct connections *connections, int out);
void connections_close_idle(struct connections *connections);
/* Closes the connections on which nothing was sent in time. */
void connections_close_silent(struct connections *connections);
uint32_t connections_count(const struct connections *connections);

#endif
