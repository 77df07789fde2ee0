#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "access_log.h"
#include "activity.h"
#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "connections.h"
#include "counters.h"
#include "crypto.h"
#include "dispatch.h"
#include "encoding.h"
#include "fcgi.h"
#include "listener.h"
#include "log.h"
#include "request.h"
#include "request_stats.h"
#include "scoreboard.h"
#include "service.h"
#include "shutdown.h"
#include "signals.h"
#include "watchdog.h"
#include "worker.h"
#include "worker_place.h"

#define ARENA_MAX (64 * 1024 * 1024)
#define ADDRESS_SPACE_MAX (1024 * 1024 * 1024)
#define RESPONSE_KEPT_MAX (1024 * 1024)
#define TICK_US CLOCK_SECOND_US

struct worker {
	const struct worker_place *place;
	struct shutdown shutdown;
	struct heartbeat heartbeat;
	bool has_failed;
	int64_t tick_us; /* last call of worker_tick() */
	uint64_t n_requests_left;
	int signals;
	struct connections *connections;
	struct arena *arena;
	sigjmp_buf exhausted;
	struct request request;
	struct dispatcher dispatcher;
	void *state; /* of service->worker_open() */
	struct request_stats *stats;
	char host[HOST_NAME_MAX + 1];
};

static void worker_limit(__rlimit_resource_t resource, rlim_t most)
{
	struct rlimit bound;

	getrlimit(resource, &bound);
	if (bound.rlim_max == RLIM_INFINITY || most < bound.rlim_max)
		bound.rlim_max = most;
	bound.rlim_cur = bound.rlim_max;
	setrlimit(resource, &bound);
}

static void worker_confine(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	worker_limit(RLIMIT_CORE, 0);
	worker_limit(RLIMIT_NOFILE, RLIM_INFINITY);
#ifndef HAVE_SANITIZERS
	worker_limit(RLIMIT_AS, ADDRESS_SPACE_MAX);
#endif
}

static void worker_empty_response(struct buf *buf)
{
	if (buf->capacity > RESPONSE_KEPT_MAX)
		buf_release(buf);
	buf_reset(buf);
}

static void worker_prepare_request(struct worker *worker)
{
	struct request *req = &worker->request;
	struct buf headers = req->response.headers, body = req->response.body;
	uint8_t id[(sizeof(req->id) - 1) / 2];

	worker_empty_response(&headers);
	worker_empty_response(&body);
	*req = (struct request){
		.arena = worker->arena,
		.conf = worker->place->conf,
		.route = worker->place->board->n_routes - 1,
		.response = {.headers = headers, .body = body},
		.started_us = clock_monotonic_us(),
	};
	crypto_random(id, sizeof(id));
	encode_hex(id, sizeof(id), req->id);
}

static void worker_jump_out(void *ctx)
{
	struct worker *worker = ctx;

	siglongjmp(worker->exhausted, 1);
}

/* The state of the service is unknown now, so this worker serves no other request. */
static void worker_give_up(struct worker *worker)
{
	struct request *req = &worker->request;

	buf_reset(&req->response.headers);
	response_set(req, 500, "text/plain");
	req->err = ERR_INTERNAL;
	req->err_reason = "out of memory";
	shutdown_enter(&worker->shutdown, SHUTDOWN_DONE);
	worker->has_failed = true;
}

static void worker_run_request(struct worker *worker)
{
	const struct service *service = worker->place->service;
	void *state = worker->state;

	activity_begin(ACTIVITY_RUNNING);
	if (sigsetjmp(worker->exhausted, 0) == 0) {
		arena_on_exhausted(worker->arena, worker_jump_out, worker);
		service->request_open(state, &worker->request);
		dispatch(&worker->dispatcher, &worker->request);
		service->request_close(state, &worker->request);
	} else {
		worker_give_up(worker);
	}
	arena_on_exhausted(worker->arena, NULL, NULL);
}

static void worker_count_request(struct worker *worker)
{
	const struct worker_place *place = worker->place;
	const struct request *req = &worker->request;
	const struct answered_request answered = {
		.route = req->route,
		.pool = place->slot->pool,
		.status = req->response.status,
		.err = req->err,
		.took_us = clock_monotonic_us() - req->started_us,
		.queued_us = request_queued_us(req),
	};

	request_stats_count(worker->stats, &answered);
	if (--worker->n_requests_left == 0 && worker->shutdown.stage == SHUTDOWN_NONE)
		shutdown_enter(&worker->shutdown, SHUTDOWN_DONE);
}

/* A worker of the other pool may wait long for WeChat, and a request behind that one on a kept
 * connection cannot go to another worker. */
static bool worker_may_keep(const struct worker *worker)
{
	return worker->place->slot->pool == POOL_CORE &&
		shutdown_keeps_connections(&worker->shutdown);
}

static bool worker_answer(struct worker *worker, struct fcgi_connection *connection)
{
	struct request *req = &worker->request;
	int64_t begun_us = clock_monotonic_us();
	enum activity before = activity_begin(ACTIVITY_ANSWERING);
	bool stays = fcgi_answer(connection, req, worker_may_keep(worker));

	activity_begin(before);
	req->answer_us = clock_monotonic_us() - begun_us;
	return stays;
}

static void worker_show_connections(const struct worker *worker)
{
	atomic_store_explicit(&worker->place->slot->n_connections,
		connections_count(worker->connections), memory_order_relaxed);
}

/* Returns whether the connection can carry another request. */
static bool worker_serve(struct worker *worker, struct fcgi_connection *connection)
{
	struct request *req = &worker->request;
	bool stays = false;

	worker_prepare_request(worker);
	heartbeat_beat(&worker->heartbeat, req->started_us);
	worker_show_connections(worker);
	req->in_flight = scoreboard_begin_request(
		worker->place->board, worker->place->slot, req->id, req->started_us);
	if (fcgi_receive(connection, req)) {
		req->read_us = clock_monotonic_us() - req->started_us;
		log_set_request_id(req->id);
		req->seq_id = scoreboard_next_seq_id(worker->place->board);
		worker_run_request(worker);
		worker_count_request(worker);
		stays = worker_answer(worker, connection);
		access_log(req, worker->host);
		log_set_request_id(NULL);
	}
	scoreboard_end_request(req->in_flight);
	arena_reset(worker->arena);
	return stays;
}

static void worker_read_signal(struct worker *worker)
{
	struct signalfd_siginfo received;

	if (read(worker->signals, &received, sizeof(received)) != sizeof(received))
		return;
	if (received.ssi_signo == SIGUSR1)
		log_reopen(worker->place->log);
	else
		shutdown_on_signal(&worker->shutdown, (int)received.ssi_signo, &worker->heartbeat);
}

static void worker_tick(struct worker *worker)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - worker->tick_us < TICK_US)
		return;
	worker->tick_us = now_us;
	heartbeat_beat(&worker->heartbeat, now_us);
	worker->place->service->worker_idle(worker->state);
	if (worker->place->master == 0) /* which would signal a rotation */
		log_reopen_renamed(worker->place->log);
	connections_close_silent(worker->connections);
}

static void worker_loop(struct worker *worker)
{
	struct shutdown *shutdown = &worker->shutdown;

	while (shutdown->stage != SHUTDOWN_DONE) {
		int wait_ms = shutdown->stage == SHUTDOWN_DRAINING ? 0 : (int)(TICK_US / 1000);
		struct conn *conn;
		enum connections_event event =
			connections_next(worker->connections, wait_ms, &conn);

		if (event == CONNECTIONS_REQUEST)
			connections_put(
				worker->connections, conn, worker_serve(worker, conn->fcgi));
		worker_show_connections(worker);
		if (event == CONNECTIONS_SIGNAL)
			worker_read_signal(worker);
		else
			shutdown_poll(shutdown, worker->connections, event == CONNECTIONS_QUIET);
		worker_tick(worker);
	}
}

/* Up to a quarter more by chance, so that workers of one age do not end together. */
static uint64_t worker_choose_n_requests(const struct worker_place *place)
{
	uint64_t most = (uint64_t)place->conf->server_max_requests;
	uint64_t chance;

	if (most == 0 || place->master == 0)
		return UINT64_MAX;
	crypto_random(&chance, sizeof(chance));
	return most + chance % (most / 4 + 1);
}

static int worker_open_signals(void)
{
	sigset_t set = signals_handled();

	sigdelset(&set, SIGCHLD);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void worker_serve_all(struct worker *worker)
{
	const struct worker_place *place = worker->place;

	worker->connections = connections_new(
		place->conf, place->listener->fd, &place->handover, worker->signals);
	if (worker->connections == NULL) {
		log_error("cannot wait for connections: %m");
		return;
	}
	atomic_store(&place->slot->state, WORKER_READY);
	worker_loop(worker);
	shutdown_finish(&worker->shutdown, worker->connections);
	connections_free(worker->connections);
}

int worker_run(const struct worker_place *place)
{
	struct worker worker = {
		.place = place,
		.n_requests_left = worker_choose_n_requests(place),
		.dispatcher = {
			.service = place->service,
			.conf = place->conf,
			.board = place->board,
			.slot = place->slot,
		},
	};

	shutdown_init(&worker.shutdown, place);
	heartbeat_start(&worker.heartbeat, place->conf->server_request_deadline_ms);
	worker_confine();
	gethostname(worker.host, sizeof(worker.host) - 1);
	worker.stats = scoreboard_stats(place->board, place->slot);
	counters_use(&worker.stats->counters);
	watchdog_catch_alarm(place->board, place->slot);
	worker.signals = worker_open_signals();
	worker.arena = arena_new(ARENA_MAX);
	worker.state = place->service->worker_open(
		place->shared, place->conf, place->slot->pool, place->board);
	if (worker.state != NULL) {
		worker_serve_all(&worker);
		place->service->worker_close(worker.state);
	}
	buf_release(&worker.request.response.headers);
	buf_release(&worker.request.response.body);
	arena_free(worker.arena);
	close(worker.signals);
	return worker.shutdown.stage == SHUTDOWN_DONE && !worker.has_failed ? EXIT_SUCCESS
									    : EXIT_FAILURE;
}
