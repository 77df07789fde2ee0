#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "connections.h"
#include "counters.h"
#include "fcgi.h"
#include "handover.h"
#include "heap.h"
#include "listener.h"
#include "log.h"
#include "scoreboard.h"
#include "shortage.h"
#include "worker_place.h"

#define N_EVENTS 64
#define FIRST_BYTE_MS 10
#define NO_DESCRIPTOR_MS 10

struct connections {
	int epoll;
	int listener, signals, waits;
	const struct handover *handover;
	bool is_accepting;
	bool holds_several; /* requests at a time */
	struct fcgi *fcgi;
	int64_t silence_max_us;
	void *ready[N_EVENTS]; /* what the last wait has found, for connections_next() to return */
	size_t n_ready, n_returned;
	size_t n_taken, n_busy, n_idle_max, n_conns;
	int64_t short_since_us; /* see connections_short_since_us() */
	struct conn *vacant;
	struct conn conns[];
};

static int connections_watch(
	struct connections *connections, int fd, uint32_t events, const void *what)
{
	struct epoll_event event = {.events = events, .data.ptr = (void *)what};

	return epoll_ctl(connections->epoll, EPOLL_CTL_ADD, fd, &event);
}

static int connections_watch_all(struct connections *connections)
{
	const uint32_t one_worker = EPOLLIN | EPOLLEXCLUSIVE;
	const struct {
		int fd;
		uint32_t events;
		const void *what;
	} all[] = {
		{connections->signals, EPOLLIN, &connections->signals},
		{connections->waits, EPOLLIN, &connections->waits},
		{connections->listener, one_worker, &connections->listener},
		{connections->handover->in, one_worker, connections->handover},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].fd >= 0 &&
			connections_watch(connections, all[i].fd, all[i].events, all[i].what) < 0)
			return -1;
	return 0;
}

struct connections *connections_new(const struct worker_place *place, int signals, int waits)
{
	const struct conf *conf = place->conf;
	size_t n_idle_max = (size_t)conf->server_idle_connections_max;
	size_t n_conns = n_idle_max + place->slot->in_flight_max;
	struct connections *connections =
		heap_alloc(sizeof(*connections) + n_conns * sizeof(struct conn));

	connections->listener = place->listener->fd;
	connections->handover = &place->handover;
	connections->signals = signals;
	connections->waits = waits;
	connections->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (connections->epoll < 0 || connections_watch_all(connections) < 0) {
		free(connections);
		return NULL;
	}
	connections->is_accepting = true;
	connections->fcgi = fcgi_new(conf);
	connections->silence_max_us = conf->server_io_timeout_ms * 1000;
	connections->holds_several = place->slot->in_flight_max > 1;
	connections->n_idle_max = n_idle_max;
	connections->n_conns = n_conns;
	for (size_t i = n_conns; i > 0; i--) {
		connections->conns[i - 1].next_vacant = connections->vacant;
		connections->vacant = &connections->conns[i - 1];
	}
	return connections;
}

static struct conn *connections_add(
	struct connections *connections, struct fcgi_connection *fcgi, int64_t silent_since_us)
{
	struct conn *conn = connections->vacant;

	connections->vacant = conn->next_vacant;
	connections->n_taken++;
	*conn = (struct conn){.fcgi = fcgi, .silent_since_us = silent_since_us};
	return conn;
}

static void connections_close(struct connections *connections, struct conn *conn)
{
	fcgi_close(conn->fcgi);
	*conn = (struct conn){.next_vacant = connections->vacant};
	connections->vacant = conn;
	connections->n_taken--;
}

void connections_free(struct connections *connections)
{
	for (size_t i = 0; i < connections->n_conns; i++) {
		if (connections->conns[i].fcgi != NULL)
			connections_close(connections, &connections->conns[i]);
	}
	fcgi_free(connections->fcgi);
	close(connections->epoll);
	free(connections);
}

/* Waits for the next request on the connection, if there is room for another idle one. */
static void connections_keep(struct connections *connections, struct conn *conn)
{
	size_t n_idle = connections->n_taken - connections->n_busy;

	conn->is_watched = conn->is_watched ||
		(n_idle <= connections->n_idle_max &&
			connections_watch(connections, fcgi_fd(conn->fcgi), EPOLLIN, conn) == 0);
	if (!conn->is_watched)
		connections_close(connections, conn);
}

void connections_put(struct connections *connections, struct conn *conn, bool is_kept)
{
	conn->is_busy = false;
	connections->n_busy--;
	if (is_kept)
		connections_keep(connections, conn);
	else
		connections_close(connections, conn);
}

/* Whether reading a request keeps no other waiting: it has come to its end, or none will, or the
 * worker holds no other. */
static bool connections_may_read(const struct connections *connections, const struct conn *conn)
{
	bool may_wait = !connections->holds_several && !fcgi_has_begun(conn->fcgi);

	return may_wait || fcgi_has_whole_request(conn->fcgi);
}

/* Waits for it wait_ms at most. */
static bool connections_has_input(const struct conn *conn, int wait_ms)
{
	struct pollfd input = {.fd = fcgi_fd(conn->fcgi), .events = POLLIN};

	return poll(&input, 1, wait_ms) > 0;
}

/* Out of descriptors or memory: lets others finish. It is told once, until it is over. */
static void connections_note_shortage(struct connections *connections)
{
	counter_add(COUNTER_ACCEPT_FAILURES, 1);
	if (connections->short_since_us == 0) {
		log_error("cannot accept connections: %m");
		connections->short_since_us = clock_monotonic_us();
	}
	poll(NULL, 0, NO_DESCRIPTOR_MS);
}

int64_t connections_short_since_us(const struct connections *connections)
{
	return connections->short_since_us;
}

/* A web server sends its request with the connection. It is waited for: if the worker became full
 * meanwhile, the request would stay with it while others have room. Returns NULL if there is no
 * connection, or no request on it yet. */
static struct conn *connections_accept(struct connections *connections)
{
	struct fcgi_connection *fcgi = fcgi_accept(connections->fcgi, connections->listener);
	struct conn *conn;

	if (fcgi == NULL) {
		if (shortage_is_meant(errno))
			connections_note_shortage(connections);
		return NULL;
	}
	connections->short_since_us = 0;
	conn = connections_add(connections, fcgi, clock_monotonic_us());
	if (connections_has_input(conn, FIRST_BYTE_MS) && connections_may_read(connections, conn))
		return conn;
	connections_keep(connections, conn);
	return NULL;
}

static void connections_adopt(struct connections *connections)
{
	struct fcgi_connection *fcgi;
	struct handed handed;

	if (!handover_take(connections->handover, &handed))
		return;
	fcgi = fcgi_adopt(connections->fcgi, handed.fd, handed.spool_fd);
	connections_keep(connections,
		connections_add(connections, fcgi, handed.has_spoken ? 0 : clock_monotonic_us()));
}

/* Sets *is_accept_due_r if there is a new connection. The caller must then accept, because the
 * kernel has woken no other worker for it. Returns false if nothing happened. */
static bool connections_wait(struct connections *connections, int wait_ms, bool *is_accept_due_r)
{
	struct epoll_event events[N_EVENTS];
	int n = epoll_wait(connections->epoll, events, N_EVENTS, wait_ms);

	*is_accept_due_r = false;
	connections->n_ready = connections->n_returned = 0;
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == &connections->listener)
			*is_accept_due_r = true;
		else if (events[i].data.ptr == connections->handover)
			connections_adopt(connections);
		else
			connections->ready[connections->n_ready++] = events[i].data.ptr;
	}
	return n > 0;
}

static bool connections_is_ready(const struct connections *connections, struct conn *conn)
{
	/* An epoll set forgets a file only when its last descriptor is closed, which may be in the
	 * worker that handed it over. */
	if (conn->fcgi == NULL || conn->is_busy)
		return false;
	if (connections_may_read(connections, conn))
		return true;
	conn->silent_since_us = clock_monotonic_us();
	return false;
}

static enum connections_event connections_next_ready(
	struct connections *connections, struct conn **conn_r)
{
	while (connections->n_returned < connections->n_ready) {
		void *what = connections->ready[connections->n_returned++];

		if (what == &connections->signals)
			return CONNECTIONS_SIGNAL;
		if (what == &connections->waits)
			return CONNECTIONS_RESUME;
		*conn_r = what;
		if (connections_is_ready(connections, *conn_r))
			return CONNECTIONS_REQUEST;
	}
	return CONNECTIONS_ACCEPTED;
}

/* Meanwhile connections and requests stay where they are, in the epoll set or the listen queue. */
static enum connections_event connections_wait_without_room(
	const struct connections *connections, int wait_ms)
{
	struct pollfd inputs[] = {
		{.fd = connections->signals, .events = POLLIN},
		{.fd = connections->waits, .events = POLLIN},
	};

	if (poll(inputs, 2, wait_ms) <= 0)
		return CONNECTIONS_QUIET;
	return inputs[0].revents != 0 ? CONNECTIONS_SIGNAL : CONNECTIONS_RESUME;
}

enum connections_event connections_next(
	struct connections *connections, bool has_room, int wait_ms, struct conn **conn_r)
{
	enum connections_event event = CONNECTIONS_REQUEST;
	bool is_accept_due = false;

	if (!has_room)
		return connections_wait_without_room(connections, wait_ms);
	if (connections->n_returned == connections->n_ready &&
		!connections_wait(connections, wait_ms, &is_accept_due))
		return CONNECTIONS_QUIET;
	*conn_r = is_accept_due ? connections_accept(connections) : NULL;
	if (*conn_r == NULL)
		event = connections_next_ready(connections, conn_r);
	if (event == CONNECTIONS_REQUEST) {
		(*conn_r)->silent_since_us = 0;
		(*conn_r)->is_busy = true;
		connections->n_busy++;
	}
	return event;
}

void connections_stop_accepting(struct connections *connections)
{
	if (!connections->is_accepting)
		return;
	epoll_ctl(connections->epoll, EPOLL_CTL_DEL, connections->listener, NULL);
	if (connections->handover->in >= 0)
		epoll_ctl(connections->epoll, EPOLL_CTL_DEL, connections->handover->in, NULL);
	connections->is_accepting = false;
}

void connections_close_idle(struct connections *connections)
{
	for (size_t i = 0; i < connections->n_conns; i++) {
		struct conn *conn = &connections->conns[i];

		if (conn->fcgi != NULL && !conn->is_busy)
			connections_close(connections, conn);
	}
}

/* Returns false if no other can be given either. */
static bool connections_give(const struct conn *conn, int out)
{
	struct handed handed = {
		.fd = fcgi_fd(conn->fcgi),
		.has_spoken = conn->silent_since_us == 0,
	};
	bool is_given;

	if (!fcgi_open_spool(conn->fcgi, &handed.spool_fd))
		return true;
	is_given = handover_give(out, &handed);
	if (handed.spool_fd >= 0)
		close(handed.spool_fd);
	return is_given;
}

void connections_hand_over(struct connections *connections, int out)
{
	for (size_t i = 0; i < connections->n_conns; i++) {
		struct conn *conn = &connections->conns[i];

		if (conn->fcgi == NULL || conn->is_busy)
			continue;
		if (!connections_give(conn, out))
			return;
		connections_close(connections, conn);
	}
}

void connections_close_silent(struct connections *connections)
{
	int64_t spoken_by_us = clock_monotonic_us() - connections->silence_max_us;

	for (size_t i = 0; i < connections->n_conns; i++) {
		struct conn *conn = &connections->conns[i];

		/* Input that came while the worker served another connection is still unread. */
		if (conn->silent_since_us != 0 && conn->silent_since_us < spoken_by_us &&
			!connections_has_input(conn, 0))
			connections_close(connections, conn);
	}
}

uint32_t connections_count(const struct connections *connections)
{
	return (uint32_t)connections->n_taken;
}
