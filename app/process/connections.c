#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "fcgi.h"
#include "heap.h"
#include "connections.h"

#define N_EVENTS 64
#define FIRST_WORD_MS 10

struct spot {
	struct fcgi_connection *connection;
	bool is_watched;         /* by the epoll set */
	int64_t silent_since_us; /* 0: it has carried a request */
	struct spot *next_vacant;
};

struct connections {
	int epoll;
	struct connections_listeners doors;
	bool is_open;
	connections_serve *serve;
	void *ctx;
	struct fcgi *fcgi;
	int64_t silence_max_us;
	size_t n_taken, n_spots; /* one spot is for the connection at hand and not for staying */
	struct spot *vacant;
	struct spot spots[];
};

static int watch(struct connections *connections, int fd, uint32_t events, void *what)
{
	struct epoll_event event = {.events = events, .data.ptr = what};

	return epoll_ctl(connections->epoll, EPOLL_CTL_ADD, fd, &event);
}

static int open_doors(struct connections *connections)
{
	struct connections_listeners *doors = &connections->doors;
	const uint32_t one_of_us = EPOLLIN | EPOLLEXCLUSIVE;

	if (watch(connections, doors->signals, EPOLLIN, &doors->signals) < 0 ||
		watch(connections, doors->listener, one_of_us, &doors->listener) < 0)
		return -1;
	if (doors->handover.in < 0)
		return 0;
	return watch(connections, doors->handover.in, one_of_us, &doors->handover);
}

struct connections *connections_new(const struct conf *conf,
	const struct connections_listeners *doors, connections_serve *serve, void *ctx)
{
	size_t n_spots = (size_t)conf->server_parked_max + 1;
	struct connections *connections =
		heap_alloc(sizeof(*connections) + n_spots * sizeof(struct spot));

	connections->doors = *doors;
	connections->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (connections->epoll < 0 || open_doors(connections) < 0) {
		free(connections);
		return NULL;
	}
	connections->is_open = true;
	connections->serve = serve;
	connections->ctx = ctx;
	connections->fcgi = fcgi_new(conf);
	connections->silence_max_us = conf->server_io_timeout_ms * 1000;
	connections->n_spots = n_spots;
	for (size_t i = n_spots; i > 0; i--) {
		connections->spots[i - 1].next_vacant = connections->vacant;
		connections->vacant = &connections->spots[i - 1];
	}
	return connections;
}

static struct spot *take(struct connections *connections, struct fcgi_connection *connection)
{
	struct spot *spot = connections->vacant;

	connections->vacant = spot->next_vacant;
	connections->n_taken++;
	*spot = (struct spot){.connection = connection};
	return spot;
}

static void release(struct connections *connections, struct spot *spot)
{
	fcgi_close(spot->connection);
	*spot = (struct spot){.next_vacant = connections->vacant};
	connections->vacant = spot;
	connections->n_taken--;
}

void connections_free(struct connections *connections)
{
	for (size_t i = 0; i < connections->n_spots; i++) {
		if (connections->spots[i].connection != NULL)
			release(connections, &connections->spots[i]);
	}
	fcgi_free(connections->fcgi);
	close(connections->epoll);
	free(connections);
}

static void stay(struct connections *connections, struct spot *spot)
{
	if (spot->is_watched)
		return;
	if (connections->n_taken == connections->n_spots ||
		watch(connections, fcgi_fd(spot->connection), EPOLLIN, spot) < 0)
		release(connections, spot);
	else
		spot->is_watched = true;
}

static void serve(struct connections *connections, struct spot *spot)
{
	/* An epoll set forgets a file when its last descriptor goes, which may be in the worker
	 * that handed it over. */
	if (spot->connection == NULL)
		return;
	spot->silent_since_us = 0;
	if (connections->serve(connections->ctx, spot->connection))
		stay(connections, spot);
	else
		release(connections, spot);
}

/* A web server sends its request with the connection, so it is served without a second wait; who
 * stays silent is watched like the idle. */
static void welcome(struct connections *connections)
{
	struct fcgi_connection *connection =
		fcgi_accept(connections->fcgi, connections->doors.listener);
	struct pollfd first_word = {.events = POLLIN};
	struct spot *spot;

	if (connection == NULL) {
		if (errno != EAGAIN) /* out of descriptors: let others finish */
			poll(NULL, 0, FIRST_WORD_MS);
		return;
	}
	spot = take(connections, connection);
	first_word.fd = fcgi_fd(connection);
	if (poll(&first_word, 1, FIRST_WORD_MS) > 0) {
		serve(connections, spot);
	} else {
		spot->silent_since_us = clock_monotonic_us();
		stay(connections, spot);
	}
}

static void adopt(struct connections *connections)
{
	bool has_spoken;
	int fd = handover_take(&connections->doors.handover, &has_spoken);
	struct spot *spot;

	if (fd < 0)
		return;
	spot = take(connections, fcgi_adopt(connections->fcgi, fd));
	spot->silent_since_us = has_spoken ? 0 : clock_monotonic_us();
	stay(connections, spot);
}

unsigned connections_wait(struct connections *connections, int wait_ms)
{
	struct epoll_event events[N_EVENTS];
	int n = epoll_wait(connections->epoll, events, N_EVENTS, wait_ms);
	unsigned happened = CONNECTIONS_QUIET;

	/* Accept first: the kernel woke only this worker for it. */
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == &connections->doors.listener)
			welcome(connections);
		else if (events[i].data.ptr == &connections->doors.handover)
			adopt(connections);
	}
	for (int i = 0; i < n; i++) {
		struct spot *spot = events[i].data.ptr;

		happened |= events[i].data.ptr == &connections->doors.signals ? CONNECTIONS_SIGNAL
									      : CONNECTIONS_SERVED;
		if (spot >= connections->spots && spot < connections->spots + connections->n_spots)
			serve(connections, spot);
	}
	return happened;
}

void connections_close_listeners(struct connections *connections)
{
	if (!connections->is_open)
		return;
	epoll_ctl(connections->epoll, EPOLL_CTL_DEL, connections->doors.listener, NULL);
	if (connections->doors.handover.in >= 0)
		epoll_ctl(connections->epoll, EPOLL_CTL_DEL, connections->doors.handover.in, NULL);
	connections->is_open = false;
}

void connections_hand_over(struct connections *connections, int out)
{
	for (size_t i = 0; i < connections->n_spots; i++) {
		struct spot *spot = &connections->spots[i];

		if (spot->connection == NULL)
			continue;
		if (!handover_give(out, fcgi_fd(spot->connection), spot->silent_since_us == 0))
			return;
		release(connections, spot);
	}
}

void connections_sweep(struct connections *connections)
{
	int64_t spoken_by_us = clock_monotonic_us() - connections->silence_max_us;

	for (size_t i = 0; i < connections->n_spots; i++) {
		struct spot *spot = &connections->spots[i];

		if (spot->silent_since_us != 0 && spot->silent_since_us < spoken_by_us)
			release(connections, spot);
	}
}

uint32_t connections_count(const struct connections *connections)
{
	return (uint32_t)connections->n_taken;
}
