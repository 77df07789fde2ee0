#include "activity.h"
#include "arena.h"
#include "clock.h"
#include "crypto.h"
#include "dispatch.h"
#include "encoding.h"
#include "fiber.h"
#include "heap.h"
#include "log.h"
#include "scoreboard.h"
#include "service.h"
#include "task.h"
#include "worker_place.h"

#define ARENA_MAX (64 * 1024 * 1024)
/* What a request has made larger is freed after it. */
#define KEPT_MAX (128 * 1024)

static void task_on_switch(void *ctx)
{
	struct task *task = ctx;

	log_set_request_id(task == NULL ? NULL : task->request.id);
	activity_use(task == NULL ? NULL : &task->request.in_flight->activity);
}

void tasks_init(
	struct tasks *tasks, const struct worker_place *place, struct worker *worker, void *state)
{
	*tasks = (struct tasks){.place = place, .worker = worker, .state = state};
	tasks->made = heap_alloc(place->slot->in_flight_max * sizeof(struct task *));
	fiber_on_switch(task_on_switch);
}

static struct task *task_new(const struct tasks *tasks)
{
	const struct service *service = tasks->place->service;
	struct task *task = heap_new_of(struct task);

	task->worker = tasks->worker;
	task->arena = arena_new(ARENA_MAX);
	task->state = service->task_open == NULL ? tasks->state : service->task_open(tasks->state);
	return task;
}

static void task_free(struct task *task, const struct service *service)
{
	if (service->task_close != NULL)
		service->task_close(task->state);
	buf_release(&task->request.response.headers);
	buf_release(&task->request.response.body);
	buf_release(&task->body);
	arena_free(task->arena);
	free(task);
}

void tasks_release(struct tasks *tasks)
{
	for (size_t i = 0; i < tasks->n_made; i++)
		task_free(tasks->made[i], tasks->place->service);
	free(tasks->made);
}

static struct task *tasks_take(struct tasks *tasks)
{
	struct task *task = tasks->idle;

	if (task == NULL)
		return tasks->made[tasks->n_made++] = task_new(tasks);
	tasks->idle = task->next_idle;
	return task;
}

static void task_prepare(struct task *task, const struct worker_place *place)
{
	struct request *req = &task->request;
	struct buf headers = req->response.headers, body = req->response.body;
	uint8_t id[(sizeof(req->id) - 1) / 2];

	*req = (struct request){
		.arena = task->arena,
		.conf = place->conf,
		.route = place->board->n_routes - 1, /* the last one, until route() finds it */
		.response = {.headers = headers, .body = body},
		.started_us = clock_monotonic_us(),
	};
	crypto_random(id, sizeof(id));
	encode_hex(id, sizeof(id), req->id);
}

struct task *tasks_begin(struct tasks *tasks, struct conn *conn)
{
	const struct worker_place *place = tasks->place;
	struct task *task = tasks_take(tasks);
	struct request *req = &task->request;

	tasks->n_in_flight++;
	task->conn = conn;
	task_prepare(task, place);
	req->in_flight =
		scoreboard_begin_request(place->board, place->slot, req->id, req->started_us);
	return task;
}

static void task_jump_out(void *ctx)
{
	struct task *task = ctx;

	siglongjmp(task->exhausted, 1);
}

static void task_give_up(struct task *task)
{
	struct request *req = &task->request;

	task->is_exhausted = true;
	buf_reset(&req->response.headers);
	response_set(req, 500, "text/plain");
	req->err = ERR_INTERNAL;
	req->err_reason = "out of memory";
}

void task_run(struct task *task, const struct dispatcher *dispatcher)
{
	const struct service *service = dispatcher->service;
	struct request *req = &task->request;

	activity_begin(ACTIVITY_RUNNING);
	if (sigsetjmp(task->exhausted, 0) == 0) {
		arena_on_exhausted(task->arena, task_jump_out, task);
		service->request_open(task->state, req);
		dispatch(dispatcher, req);
	} else {
		task_give_up(task);
	}
	arena_on_exhausted(task->arena, NULL, NULL);
	service->request_close(task->state, req);
}

void tasks_end(struct tasks *tasks, struct task *task)
{
	struct request *req = &task->request;

	scoreboard_end_request(req->in_flight);
	/* Bodies and answers hold codes and tokens. */
	buf_wipe(&req->response.headers, KEPT_MAX);
	buf_wipe(&req->response.body, KEPT_MAX);
	buf_wipe(&task->body, KEPT_MAX);
	arena_reset(task->arena);
	task->conn = NULL;
	task->next_idle = tasks->idle;
	tasks->idle = task;
	tasks->n_in_flight--;
}

bool tasks_are_full(const struct tasks *tasks)
{
	return tasks->n_in_flight == tasks->place->slot->in_flight_max;
}

int64_t tasks_oldest_us(const struct tasks *tasks, int64_t now_us)
{
	int64_t oldest_us = now_us;

	for (size_t i = 0; i < tasks->n_made; i++) {
		const struct task *task = tasks->made[i];

		if (task->conn != NULL && task->request.started_us < oldest_us)
			oldest_us = task->request.started_us;
	}
	return oldest_us;
}
