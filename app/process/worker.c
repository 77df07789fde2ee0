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
#include "credential.h"
#include "dispatch.h"
#include "fcgi.h"
#include "listener.h"
#include "log.h"
#include "request.h"
#include "request_stats.h"
#include "scoreboard.h"
#include "secret.h"
#include "service.h"
#include "shutdown.h"
#include "signals.h"
#include "watchdog.h"
#include "worker.h"

#define ARENA_MAX (64 * 1024 * 1024)
#define ADDRESS_SPACE_MAX (1024 * 1024 * 1024)
#define RESPONSE_KEPT_MAX (1024 * 1024)
#define IDLE_US CLOCK_SECOND_US

struct worker {
	const struct worker_place *place;
	struct shutdown shutdown;
	struct heartbeat heartbeat;
	bool has_failed;
	int64_t idle_us; /* last call of worker_idle() */
	uint64_t n_requests_left;
	int signals;
	struct connections *connections;
	struct arena *arena;
	sigjmp_buf exhausted;
	struct request request;
	struct dispatcher dispatcher;
	struct request_stats *stats;
	char host[HOST_NAME_MAX + 1];
};

static void limit(__rlimit_resource_t resource, rlim_t most)
{
	struct rlimit bound;

	getrlimit(resource, &bound);
	if (bound.rlim_max == RLIM_INFINITY || most < bound.rlim_max)
		bound.rlim_max = most;
	bound.rlim_cur = bound.rlim_max;
	setrlimit(resource, &bound);
}

static void confine(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, RLIM_INFINITY);
#ifndef HAVE_SANITIZERS
	limit(RLIMIT_AS, ADDRESS_SPACE_MAX);
#endif
}

static void empty_response(struct buf *buf)
{
	if (buf->capacity > RESPONSE_KEPT_MAX)
		buf_release(buf);
	buf_reset(buf);
}

static void prepare_request(struct worker *worker)
{
	struct request *req = &worker->request;
	struct buf headers = req->response.headers, body = req->response.body;
	uint8_t id[(sizeof(req->id) - 1) / 2];

	empty_response(&headers);
	empty_response(&body);
	*req = (struct request){
		.arena = worker->arena,
		.conf = worker->place->conf,
		.route = worker->place->board->n_routes - 1,
		.response = {.headers = headers, .body = body},
		.started_us = clock_monotonic_us(),
	};
	secret_random(id, sizeof(id));
	secret_hex(id, sizeof(id), req->id);
}

static void jump_out(void *ctx)
{
	struct worker *worker = ctx;

	siglongjmp(worker->exhausted, 1);
}

/* What the service was at when memory ended is unknown, so this worker serves nobody else. */
static void give_up(struct worker *worker)
{
	struct request *req = &worker->request;

	buf_reset(&req->response.headers);
	response_set(req, 500, "text/plain");
	req->err = ERR_INTERNAL;
	req->err_reason = "out of memory";
	shutdown_enter(&worker->shutdown, STAGE_OVER);
	worker->has_failed = true;
}

static void run_request(struct worker *worker)
{
	const struct service *service = worker->place->service;
	void *state = worker->dispatcher.state;

	activity_begin(ACTIVITY_RUNNING);
	if (sigsetjmp(worker->exhausted, 0) == 0) {
		arena_on_exhausted(worker->arena, jump_out, worker);
		service->request_open(state, &worker->request);
		dispatch(&worker->dispatcher, &worker->request);
		service->request_close(state, &worker->request);
	} else {
		give_up(worker);
	}
	arena_on_exhausted(worker->arena, NULL, NULL);
}

static void count_request(struct worker *worker)
{
	const struct worker_place *place = worker->place;
	const struct request *req = &worker->request;
	const struct answered_request answered = {
		.route = req->route,
		.pool = place->pool,
		.status = req->response.status,
		.err = req->err,
		.took_us = clock_monotonic_us() - req->started_us,
		.queued_us = request_queued_us(req),
	};

	request_stats_count(worker->stats, &answered);
	atomic_fetch_add(&place->slot->n_requests, 1);
	if (--worker->n_requests_left == 0 && worker->shutdown.stage == STAGE_STAYING)
		shutdown_enter(&worker->shutdown, STAGE_OVER);
}

/* Waiting for WeChat takes long, and who waits behind it on a kept connection has no other worker
 * to go to. */
static bool may_stay(const struct worker *worker)
{
	return worker->place->pool == POOL_CORE && shutdown_keeps(&worker->shutdown);
}

static bool answer(struct worker *worker, struct fcgi_connection *connection)
{
	struct request *req = &worker->request;
	int64_t begun_us = clock_monotonic_us();
	enum activity before = activity_begin(ACTIVITY_ANSWERING);
	bool stays = fcgi_answer(connection, req, may_stay(worker));

	activity_begin(before);
	req->answer_us = clock_monotonic_us() - begun_us;
	return stays;
}

static void show_connections(const struct worker *worker)
{
	atomic_store_explicit(&worker->place->slot->n_connections,
		connections_count(worker->connections), memory_order_relaxed);
}

static bool serve(void *ctx, struct fcgi_connection *connection)
{
	struct worker *worker = ctx;
	struct request *req = &worker->request;
	struct slot *slot = worker->place->slot;
	bool stays = false;

	if (worker->shutdown.stage == STAGE_OVER) /* for the one who takes over */
		return true;
	prepare_request(worker);
	activity_begin(ACTIVITY_READING);
	heartbeat_beat(&worker->heartbeat, req->started_us);
	show_connections(worker);
	scoreboard_begin_request(slot, req->id, req->started_us);
	if (fcgi_receive(connection, req)) {
		req->read_us = clock_monotonic_us() - req->started_us;
		log_set_request_id(req->id);
		req->seq_id = scoreboard_number(worker->place->board);
		run_request(worker);
		count_request(worker);
		stays = answer(worker, connection);
		access_log(req, worker->host);
		log_set_request_id(NULL);
	}
	scoreboard_end_request(slot);
	activity_begin(ACTIVITY_NONE);
	arena_reset(worker->arena);
	return stays;
}

static void hear(struct worker *worker)
{
	struct signalfd_siginfo heard;

	if (read(worker->signals, &heard, sizeof(heard)) != sizeof(heard))
		return;
	if (heard.ssi_signo == SIGUSR1)
		log_reopen(worker->place->log);
	else
		shutdown_signal(&worker->shutdown, (int)heard.ssi_signo, &worker->heartbeat);
}

static void idle(struct worker *worker)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - worker->idle_us < IDLE_US)
		return;
	worker->idle_us = now_us;
	heartbeat_beat(&worker->heartbeat, now_us);
	worker->place->service->worker_idle(worker->dispatcher.state);
	if (worker->place->master == 0) /* nobody tells us */
		log_follow(worker->place->log);
	connections_sweep(worker->connections);
}

static void work(struct worker *worker)
{
	struct shutdown *shutdown = &worker->shutdown;

	while (shutdown->stage != STAGE_OVER) {
		int wait_ms = shutdown->stage == STAGE_DRAINING ? 0 : (int)(IDLE_US / 1000);
		unsigned happened = connections_wait(worker->connections, wait_ms);

		show_connections(worker);
		if ((happened & CONNECTIONS_SIGNAL) != 0)
			hear(worker);
		else
			shutdown_poll(shutdown, worker->connections, happened == CONNECTIONS_QUIET);
		idle(worker);
	}
}

/* Up to a quarter more by chance, so that workers of one age do not end together. */
static uint64_t choose_n_requests(const struct worker_place *place)
{
	uint64_t most = (uint64_t)place->conf->server_max_requests;
	uint64_t chance;

	if (most == 0 || place->master == 0)
		return UINT64_MAX;
	secret_random(&chance, sizeof(chance));
	return most + chance % (most / 4 + 1);
}

static int open_signals(void)
{
	sigset_t set = signals_heard();

	sigdelset(&set, SIGCHLD);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void prepare_dispatcher(struct worker *worker)
{
	const struct worker_place *place = worker->place;

	worker->dispatcher = (struct dispatcher){
		.service = place->service,
		.conf = place->conf,
		.credentials = credential_cache_new(),
		.board = place->board,
		.slot = place->slot,
	};
}

static void serve_requests(struct worker *worker)
{
	const struct worker_place *place = worker->place;
	const struct connections_listeners doors = {
		.listener = place->listener->fd,
		.signals = worker->signals,
		.handover = place->handover,
	};

	worker->connections = connections_new(place->conf, &doors, serve, worker);
	if (worker->connections == NULL) {
		log_error("cannot wait for connections: %m");
		return;
	}
	atomic_store(&place->slot->state, WORKER_READY);
	work(worker);
	shutdown_finish(&worker->shutdown, worker->connections);
	connections_free(worker->connections);
}

int worker_run(const struct worker_place *place)
{
	struct worker worker = {.place = place, .n_requests_left = choose_n_requests(place)};
	struct dispatcher *dispatcher = &worker.dispatcher;

	shutdown_init(&worker.shutdown, place);
	heartbeat_start(&worker.heartbeat, place->conf->server_request_deadline_ms);
	confine();
	gethostname(worker.host, sizeof(worker.host) - 1);
	worker.stats = scoreboard_stats(place->board, place->slot);
	counters_use(&worker.stats->counters);
	activity_use(&place->slot->activity);
	watchdog_catch_alarm(place->board, place->slot);
	worker.signals = open_signals();
	worker.arena = arena_new(ARENA_MAX);
	prepare_dispatcher(&worker);
	dispatcher->state = place->service->worker_open(
		place->shared, place->conf, place->pool, place->board);
	if (dispatcher->state != NULL) {
		serve_requests(&worker);
		place->service->worker_close(dispatcher->state);
	}
	credential_cache_free(dispatcher->credentials);
	buf_release(&worker.request.response.headers);
	buf_release(&worker.request.response.body);
	arena_free(worker.arena);
	close(worker.signals);
	return worker.shutdown.stage == STAGE_OVER && !worker.has_failed ? EXIT_SUCCESS :
									  EXIT_FAILURE;
}
