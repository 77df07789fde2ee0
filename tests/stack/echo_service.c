/*
 * A service of a few endpoints with which the tests try the process layer: it says what it
 * received, and is held, large, stuck or broken when asked. Runs of POST /admin are counted as
 * bytes of the file that ECHO_RUNS names; what is held waits for the fifo that ECHO_GATE names.
 * What waits lets its worker serve others, and goes on at a byte in the fifo that ECHO_BELL names.
 *
 *     echo_service CONFIGURATION [WORKERS]
 */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "activity.h"
#include "arena.h"
#include "conf.h"
#include "endpoint.h"
#include "fiber.h"
#include "json_writer.h"
#include "program.h"
#include "request.h"
#include "service.h"
#include "start.h"
#include "str.h"

#define BIG_SIZE 20000000

static const struct dialect_error errors[ERR_N] = {
	[ERR_NOT_FOUND] = {404, 0, "", ""},
	[ERR_METHOD] = {405, 0, "", ""},
	[ERR_TOO_LARGE] = {413, 0, "", ""},
	[ERR_BAD_REQUEST] = {400, 0, "", ""},
	[ERR_RATE] = {429, 0, "", ""},
	[ERR_INTERNAL] = {500, 0, "", ""},
};

static void refuse(struct request *req)
{
	response_set(req, request_error(req, req->err)->status, "text/plain");
	buf_append_str(&req->response.body, err_name(req->err));
}

static const struct dialect echo_dialect = {
	.name = "echo",
	.prefix = "",
	.is_case_sensitive = true,
	.takes_head = true,
	.formats = FORMAT_JSON,
	.errors = errors,
	.refuse = refuse,
};

static void write_member(struct buf *body, const char *name, const char *value)
{
	buf_append_char(body, body->size == 0 ? '{' : ',');
	json_write_string(body, name);
	buf_append_char(body, ':');
	if (value == NULL)
		buf_append_str(body, "null");
	else
		json_write_string(body, value);
}

static enum err echo(struct request *req)
{
	struct buf *body = &req->response.body;

	response_set(req, 200, "application/json");
	write_member(body, "method", req->method);
	write_member(body, "path", req->path);
	write_member(body, "query", req->query);
	write_member(body, "uri", request_uri(req));
	write_member(body, "host", req->host);
	write_member(body, "remote_addr", req->remote_addr);
	write_member(body, "authorization", req->authorization);
	write_member(body, "body",
		arena_strndup(req->arena, req->body.size == 0 ? "" : req->body.bytes,
			req->body.size));
	buf_printf(body, ",\"size\":%zu,\"pid\":%d}", req->body.size, (int)getpid());
	return ERR_NONE;
}

/* With crash as http.default_app it does. */
static enum err empty(struct request *req)
{
	if (strcmp(req->conf->http_default_app, "crash") == 0)
		BUG("as configured");
	response_set(req, 200, "text/plain");
	return ERR_NONE;
}

static enum err big(struct request *req)
{
	response_set(req, 200, "text/plain");
	memset(buf_reserve(&req->response.body, BIG_SIZE), 'x', BIG_SIZE);
	req->response.body.size += BIG_SIZE;
	return ERR_NONE;
}

/* Until someone has opened the fifo for writing and closed it again. */
static enum err held(struct request *req)
{
	int gate = open(getenv("ECHO_GATE"), O_RDONLY);
	char byte;

	if (gate < 0 || read(gate, &byte, 1) != 0)
		BUG("cannot wait: %m");
	close(gate);
	return echo(req);
}

static int bell;
static struct fiber *waiting[CONF_IN_FLIGHT_MAX]; /* a ring */
static size_t n_waited, n_resumed;

static enum err waits(struct request *req)
{
	enum activity before = activity_begin(ACTIVITY_WECHAT);

	waiting[n_waited++ % CONF_IN_FLIGHT_MAX] = fiber_current();
	fiber_wait();
	activity_begin(before);
	return echo(req);
}

static int worker_fd(void *state)
{
	const char *path = getenv("ECHO_BELL");

	(void)state;
	bell = path == NULL ? -1 : open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return bell;
}

/* The byte may be for another worker. */
static void worker_resume(void *state)
{
	char byte;

	(void)state;
	if (n_resumed < n_waited && read(bell, &byte, 1) == 1)
		fiber_resume(waiting[n_resumed++ % CONF_IN_FLIGHT_MAX]);
}

static volatile sig_atomic_t is_stuck = 1;

static enum err spin(struct request *req)
{
	while (is_stuck)
		;
	return empty(req);
}

static enum err deaf(struct request *req)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	return spin(req);
}

static enum err crash(struct request *req)
{
	BUG("as asked by %s", req->path);
}

static enum err exhaust(struct request *req)
{
	while (is_stuck)
		arena_alloc(req->arena, 1 << 20);
	return empty(req);
}

static enum err admin(struct request *req)
{
	int fd = open(getenv("ECHO_RUNS"), O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1)
		BUG("cannot count: %m");
	close(fd);
	return echo(req);
}

#define ENDPOINT(name, its_method, its_path)                                                    \
	static const struct endpoint name##_endpoint = {                                        \
		.dialect = &echo_dialect,                                                       \
		.method = its_method,                                                           \
		.path = its_path,                                                               \
		.access = ACCESS_NO_CREDENTIAL,                                                 \
		.pool = POOL_ANY,                                                               \
		.source = FROM_NOTHING,                                                         \
		.answer = ANSWER_BY_RUN,                                                        \
		.run = name,                                                                    \
	}

ENDPOINT(echo, "POST", "echo");
ENDPOINT(empty, "GET", "empty");
ENDPOINT(big, "GET", "big");
ENDPOINT(held, "GET", "held");
ENDPOINT(waits, "GET", "waits");
ENDPOINT(spin, "GET", "spin");
ENDPOINT(deaf, "GET", "deaf");
ENDPOINT(crash, "GET", "crash");
ENDPOINT(exhaust, "GET", "exhaust");
ENDPOINT(admin, "POST", "admin");

static const struct endpoint show_endpoint = {
	.dialect = &echo_dialect,
	.method = "GET",
	.path = "show",
	.access = ACCESS_NO_CREDENTIAL,
	.pool = POOL_ANY,
	.source = FROM_NOTHING,
	.answer = ANSWER_BY_RUN,
	.run = echo,
};

static const struct endpoint *const endpoints[] = {
	&echo_endpoint, &show_endpoint, &empty_endpoint, &big_endpoint, &held_endpoint,
	&waits_endpoint, &spin_endpoint, &deaf_endpoint, &crash_endpoint, &exhaust_endpoint,
	&admin_endpoint, NULL,
};

static const struct dialect *const dialects[] = {&echo_dialect, NULL};

static int open_echo(struct conf *conf, bool replaces, void **shared_r)
{
	(void)conf;
	(void)replaces;
	(void)shared_r;
	return endpoint_find_problem(endpoints) == NULL ? 0 : -1;
}

static void close_echo(void *shared)
{
	(void)shared;
}

/* No worker ever comes up with ECHO_FAULT=open in the environment or fault
 * as http.default_app. */
static void *worker_open(
	void *shared, const struct conf *conf, struct slot *slot, struct scoreboard *board)
{
	static int state;

	(void)shared;
	(void)slot;
	(void)board;
	if (getenv("ECHO_FAULT") != NULL || strcmp(conf->http_default_app, "fault") == 0)
		return NULL;
	return &state;
}

static void worker_close(void *state)
{
	(void)state;
}

static void worker_tick(void *state)
{
	(void)state;
}

static void request_open_or_close(void *state, struct request *req)
{
	(void)state;
	(void)req;
}

static const struct service service = {
	.name = "echo",
	.endpoints = endpoints,
	.dialects = dialects,
	.open = open_echo,
	.close = close_echo,
	.worker_open = worker_open,
	.worker_close = worker_close,
	.worker_tick = worker_tick,
	.worker_fd = worker_fd,
	.worker_resume = worker_resume,
	.request_open = request_open_or_close,
	.request_close = request_open_or_close,
};

int main(int argc, char **argv)
{
	struct program program = {
		.service = &service,
		.conf_path = argc >= 2 ? argv[1] : NULL,
		.pool = POOL_CORE,
		.argv = argv,
	};

	if (argc == 3)
		str_parse_int32(argv[2], &program.n_workers);
	return start_run(&program);
}
