#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "fcgi.h"
#include "heap.h"
#include "parking.h"

#define N_EVENTS 64
#define FIRST_WORD_MS 10

struct spot {
	struct fcgi_connection *connection;
	bool is_watched;         /* by the epoll set */
	int64_t silent_since_us; /* 0: it has carried a request */
	struct spot *next_vacant;
};

struct parking {
	int epoll;
	struct parking_doors doors;
	bool is_open;
	parking_serve *serve;
	void *ctx;
	struct fcgi *fcgi;
	int64_t silence_max_us;
	size_t n_taken, n_spots; /* one spot is for the connection at hand and not for staying */
	struct spot *vacant;
	struct spot spots[];
};

static int watch(struct parking *parking, int fd, uint32_t events, void *what)
{
	struct epoll_event event = {.events = events, .data.ptr = what};

	return epoll_ctl(parking->epoll, EPOLL_CTL_ADD, fd, &event);
}

static int open_doors(struct parking *parking)
{
	struct parking_doors *doors = &parking->doors;
	const uint32_t one_of_us = EPOLLIN | EPOLLEXCLUSIVE;

	if (watch(parking, doors->signals, EPOLLIN, &doors->signals) < 0 ||
		watch(parking, doors->listener, one_of_us, &doors->listener) < 0)
		return -1;
	if (doors->handover.in < 0)
		return 0;
	return watch(parking, doors->handover.in, one_of_us, &doors->handover);
}

struct parking *parking_new(const struct conf *conf, const struct parking_doors *doors,
	parking_serve *serve, void *ctx)
{
	size_t n_spots = (size_t)conf->server_parked_max + 1;
	struct parking *parking = heap_alloc(sizeof(*parking) + n_spots * sizeof(struct spot));

	parking->doors = *doors;
	parking->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (parking->epoll < 0 || open_doors(parking) < 0) {
		free(parking);
		return NULL;
	}
	parking->is_open = true;
	parking->serve = serve;
	parking->ctx = ctx;
	parking->fcgi = fcgi_new(conf);
	parking->silence_max_us = conf->server_io_timeout_ms * 1000;
	parking->n_spots = n_spots;
	for (size_t i = n_spots; i > 0; i--) {
		parking->spots[i - 1].next_vacant = parking->vacant;
		parking->vacant = &parking->spots[i - 1];
	}
	return parking;
}

static struct spot *take(struct parking *parking, struct fcgi_connection *connection)
{
	struct spot *spot = parking->vacant;

	parking->vacant = spot->next_vacant;
	parking->n_taken++;
	*spot = (struct spot){.connection = connection};
	return spot;
}

static void release(struct parking *parking, struct spot *spot)
{
	fcgi_close(spot->connection);
	*spot = (struct spot){.next_vacant = parking->vacant};
	parking->vacant = spot;
	parking->n_taken--;
}

void parking_free(struct parking *parking)
{
	for (size_t i = 0; i < parking->n_spots; i++) {
		if (parking->spots[i].connection != NULL)
			release(parking, &parking->spots[i]);
	}
	fcgi_free(parking->fcgi);
	close(parking->epoll);
	free(parking);
}

static void stay(struct parking *parking, struct spot *spot)
{
	if (spot->is_watched)
		return;
	if (parking->n_taken == parking->n_spots ||
		watch(parking, fcgi_fd(spot->connection), EPOLLIN, spot) < 0)
		release(parking, spot);
	else
		spot->is_watched = true;
}

static void serve(struct parking *parking, struct spot *spot)
{
	/* An epoll set forgets a file when its last descriptor goes, which may be in the worker
	 * that handed it over. */
	if (spot->connection == NULL)
		return;
	spot->silent_since_us = 0;
	if (parking->serve(parking->ctx, spot->connection))
		stay(parking, spot);
	else
		release(parking, spot);
}

/* A web server sends its request with the connection, so it is served without a second wait; who
 * stays silent is watched like the idle. */
static void welcome(struct parking *parking)
{
	struct fcgi_connection *connection = fcgi_accept(parking->fcgi, parking->doors.listener);
	struct pollfd first_word = {.events = POLLIN};
	struct spot *spot;

	if (connection == NULL) {
		if (errno != EAGAIN) /* out of descriptors: let others finish */
			poll(NULL, 0, FIRST_WORD_MS);
		return;
	}
	spot = take(parking, connection);
	first_word.fd = fcgi_fd(connection);
	if (poll(&first_word, 1, FIRST_WORD_MS) > 0) {
		serve(parking, spot);
	} else {
		spot->silent_since_us = clock_monotonic_us();
		stay(parking, spot);
	}
}

static void adopt(struct parking *parking)
{
	bool has_spoken;
	int fd = handover_take(&parking->doors.handover, &has_spoken);
	struct spot *spot;

	if (fd < 0)
		return;
	spot = take(parking, fcgi_adopt(parking->fcgi, fd));
	spot->silent_since_us = has_spoken ? 0 : clock_monotonic_us();
	stay(parking, spot);
}

unsigned parking_wait(struct parking *parking, int wait_ms)
{
	struct epoll_event events[N_EVENTS];
	int n = epoll_wait(parking->epoll, events, N_EVENTS, wait_ms);
	unsigned happened = PARKING_QUIET;

	/* Accept first: the kernel woke only this worker for it. */
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == &parking->doors.listener)
			welcome(parking);
		else if (events[i].data.ptr == &parking->doors.handover)
			adopt(parking);
	}
	for (int i = 0; i < n; i++) {
		struct spot *spot = events[i].data.ptr;

		happened |= events[i].data.ptr == &parking->doors.signals ? PARKING_SIGNAL
									   : PARKING_SERVED;
		if (spot >= parking->spots && spot < parking->spots + parking->n_spots)
			serve(parking, spot);
	}
	return happened;
}

void parking_close_doors(struct parking *parking)
{
	if (!parking->is_open)
		return;
	epoll_ctl(parking->epoll, EPOLL_CTL_DEL, parking->doors.listener, NULL);
	if (parking->doors.handover.in >= 0)
		epoll_ctl(parking->epoll, EPOLL_CTL_DEL, parking->doors.handover.in, NULL);
	parking->is_open = false;
}

void parking_hand_over(struct parking *parking, int out)
{
	for (size_t i = 0; i < parking->n_spots; i++) {
		struct spot *spot = &parking->spots[i];

		if (spot->connection == NULL)
			continue;
		if (!handover_give(out, fcgi_fd(spot->connection), spot->silent_since_us == 0))
			return;
		release(parking, spot);
	}
}

void parking_sweep(struct parking *parking)
{
	int64_t spoken_by_us = clock_monotonic_us() - parking->silence_max_us;

	for (size_t i = 0; i < parking->n_spots; i++) {
		struct spot *spot = &parking->spots[i];

		if (spot->silent_since_us != 0 && spot->silent_since_us < spoken_by_us)
			release(parking, spot);
	}
}

uint32_t parking_n_connections(const struct parking *parking)
{
	return (uint32_t)parking->n_taken;
}
