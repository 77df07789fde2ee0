#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "access_log.h"
#include "activity.h"
#include "clock.h"
#include "conf.h"
#include "confine.h"
#include "connections.h"
#include "counters.h"
#include "crypto.h"
#include "dispatch.h"
#include "fcgi.h"
#include "fiber.h"
#include "listener.h"
#include "log.h"
#include "log_sink.h"
#include "permission.h"
#include "request.h"
#include "request_stats.h"
#include "scoreboard.h"
#include "service.h"
#include "shared_limits.h"
#include "shutdown.h"
#include "signals.h"
#include "task.h"
#include "watchdog.h"
#include "worker.h"
#include "worker_place.h"

#define N_LOGS 3
#define TICK_US CLOCK_SECOND_US
#define SHORT_US CLOCK_SECOND_US /* for which a worker may accept nothing */

struct worker {
	const struct worker_place *place;
	struct shutdown shutdown;
	struct heartbeat heartbeat;
	bool has_failed;
	int64_t tick_us; /* last call of worker_tick() */
	uint64_t n_requests_left;
	int signals;
	struct connections *connections;
	struct tasks tasks;
	struct dispatcher dispatcher;
	void *state; /* of service->worker_open() */
	struct request_stats *stats;
	char host[HOST_NAME_MAX + 1];
};

/* Keeps what the worker may write to: where its logs, the log of erasures and the state are. */
static void worker_confine(const struct worker_place *place)
{
	const struct conf *conf = place->conf;
	const char *const files[] = {log_sink_path(conf->log_path),
		log_sink_path(conf->log_access_path), conf->keys_erasure_log};
	char paths[N_LOGS][PATH_MAX];
	const char *directories[N_LOGS + 3] = {conf->server_state_directory};
	size_t n = 1;

#ifdef HAVE_SANITIZERS
	directories[n++] = "/"; /* they write their reports where they were told to */
#endif
	for (size_t i = 0; i < N_LOGS; i++) {
		char path[PATH_MAX];

		if (files[i] == NULL)
			continue;
		permission_directory_of(
			realpath(files[i], path) == NULL ? files[i] : path, paths[i]);
		directories[n++] = paths[i];
	}
	confine_worker(place->landlock, directories);
}

static void worker_count_request(struct worker *worker, const struct request *req)
{
	const struct worker_place *place = worker->place;
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

/* A remote worker may be full of requests that wait; the next one on a kept connection could not go
 * to another worker. */
static bool worker_may_keep(const struct worker *worker)
{
	return worker->place->slot->pool == POOL_CORE &&
		shutdown_keeps_connections(&worker->shutdown);
}

static bool worker_answer(struct worker *worker, struct task *task)
{
	struct request *req = &task->request;
	int64_t begun_us = clock_monotonic_us();
	enum activity before = activity_begin(ACTIVITY_ANSWERING);
	bool stays = fcgi_answer(task->conn->fcgi, req, worker_may_keep(worker));

	activity_begin(before);
	req->answer_us = clock_monotonic_us() - begun_us;
	return stays;
}

/* The requests that wait go on, but no other one comes to this worker. */
static void worker_give_up(struct worker *worker)
{
	shutdown_enter(&worker->shutdown, SHUTDOWN_DONE);
	worker->has_failed = true;
}

/* What a task does, from the request to the answer. Others run whenever it waits. */
static void worker_serve(void *ctx)
{
	struct task *task = ctx;
	struct worker *worker = task->worker;
	struct request *req = &task->request;
	bool stays = false;

	if (fcgi_receive(task->conn->fcgi, req, &task->body)) {
		req->read_us = clock_monotonic_us() - req->started_us;
		req->seq_id = scoreboard_next_seq_id(worker->place->board);
		task_run(task, &worker->dispatcher);
		if (task->is_exhausted)
			worker_give_up(worker);
		worker_count_request(worker, req);
		stays = worker_answer(worker, task);
		access_log(req, worker->host);
	}
	connections_put(worker->connections, task->conn, stays);
	tasks_end(&worker->tasks, task);
}

static void worker_beat(struct worker *worker, int64_t now_us)
{
	heartbeat_beat(&worker->heartbeat, now_us, tasks_oldest_us(&worker->tasks, now_us));
}

static void worker_show_connections(const struct worker *worker)
{
	atomic_store_explicit(&worker->place->slot->n_connections,
		connections_count(worker->connections), memory_order_relaxed);
}

static void worker_begin(struct worker *worker, struct conn *conn)
{
	struct task *task = tasks_begin(&worker->tasks, conn);

	worker_beat(worker, task->request.started_us);
	worker_show_connections(worker);
	fiber_start(worker_serve, task);
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

/* Its successor begins with all descriptors that its limit gives. */
static void worker_end_when_short(struct worker *worker, int64_t now_us)
{
	const int64_t since_us = connections_short_since_us(worker->connections);

	if (since_us != 0 && now_us - since_us >= SHORT_US && !worker->has_failed)
		worker_give_up(worker);
}

static void worker_tick(struct worker *worker)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - worker->tick_us < TICK_US)
		return;
	worker->tick_us = now_us;
	worker_beat(worker, now_us);
	worker->place->service->worker_tick(worker->state);
	if (worker->place->master == 0) { /* which would do both */
		log_reopen_renamed(worker->place->log);
		shared_limits_mend(worker->place->board);
	}
	connections_close_silent(worker->connections);
	worker_end_when_short(worker, now_us);
}

static void worker_act(struct worker *worker, enum connections_event event, struct conn *conn)
{
	switch (event) {
	case CONNECTIONS_REQUEST:
		worker_begin(worker, conn);
		break;
	case CONNECTIONS_SIGNAL:
		worker_read_signal(worker);
		break;
	case CONNECTIONS_RESUME:
		worker->place->service->worker_resume(worker->state);
		break;
	default:
		break;
	}
}

static void worker_loop(struct worker *worker)
{
	struct shutdown *shutdown = &worker->shutdown;

	while (shutdown->stage != SHUTDOWN_DONE || worker->tasks.n_in_flight > 0) {
		bool has_room = shutdown->stage != SHUTDOWN_DONE && !tasks_are_full(&worker->tasks);
		/* What is there is taken until nothing is; nothing else is waited for. */
		bool is_draining = shutdown->stage == SHUTDOWN_DRAINING && has_room;
		struct conn *conn;
		enum connections_event event = connections_next(worker->connections, has_room,
			is_draining ? 0 : (int)(TICK_US / 1000), &conn);

		worker_act(worker, event, conn);
		worker_show_connections(worker);
		if (event != CONNECTIONS_SIGNAL)
			shutdown_poll(shutdown, worker->connections,
				event == CONNECTIONS_QUIET && has_room, !has_room);
		if (shutdown->stage == SHUTDOWN_DONE)
			shutdown_finish(shutdown, worker->connections);
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
	const struct service *service = place->service;

	worker->connections = connections_new(place, worker->signals,
		service->worker_fd == NULL ? -1 : service->worker_fd(worker->state));
	if (worker->connections == NULL) {
		log_error("cannot wait for connections: %m");
		return;
	}
	tasks_init(&worker->tasks, place, worker, worker->state);
	atomic_store(&place->slot->state, WORKER_READY);
	worker_loop(worker);
	tasks_release(&worker->tasks);
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
	worker_confine(place);
	gethostname(worker.host, sizeof(worker.host) - 1);
	worker.stats = scoreboard_stats(place->board, place->slot);
	counters_use(&worker.stats->counters);
	watchdog_catch_alarm(place->board, place->slot);
	worker.signals = worker_open_signals();
	worker.state = place->service->worker_open(
		place->shared, place->conf, place->slot, place->board);
	if (worker.state != NULL) {
		worker_serve_all(&worker);
		place->service->worker_close(worker.state);
	}
	close(worker.signals);
	return worker.shutdown.stage == SHUTDOWN_DONE && !worker.has_failed ? EXIT_SUCCESS
									    : EXIT_FAILURE;
}
