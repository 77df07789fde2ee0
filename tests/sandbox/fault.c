#include "fault.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "api.h"
#include "arena.h"
#include "db.h"
#include "hex.h"
#include "request.h"

#define HANG_S 60
#define BYTES_HERE "{bytes}"

struct kind {
	const char *name;
	int64_t (*delay_ms)(int32_t value);
	void (*spoil)(struct request *req, const struct fault *fault);
};

static int64_t as_ms(int32_t value)
{
	return value;
}

static int64_t as_seconds(int32_t value)
{
	return (value > 0 ? value : HANG_S) * (int64_t)1000;
}

/* The web server hangs up when it is sent there (conf/nginx/sandbox.conf). */
static void hang_up(struct request *req, const struct fault *fault)
{
	(void)fault;
	response_set(req, 502, "text/plain");
	response_header(req, "X-Accel-Redirect", "@cut");
}

static void truncate_answer(struct request *req, const struct fault *fault)
{
	(void)fault;
	req->response.body.size /= 2;
}

static void say_status(struct request *req, const struct fault *fault)
{
	bool is_error = fault->value >= 300 && fault->value <= 599;

	response_set(req, is_error ? fault->value : 500, "text/html");
	buf_append_str(&req->response.body, "<html><body>Service Unavailable</body></html>");
}

static void say_html(struct request *req, const struct fault *fault)
{
	(void)fault;
	response_set(req, 200, "text/html");
	buf_append_str(&req->response.body,
		"<!DOCTYPE html><html><body>系统繁忙，请稍后再试</body></html>");
}

static void say_errcode(struct request *req, const struct fault *fault)
{
	api_write_error(req, (enum errcode)fault->value);
}

/* What no JSON may hold: in the place of BYTES_HERE in a nickname or the like, else in front. */
static void put_bytes(struct request *req, const struct fault *fault)
{
	struct buf *body = &req->response.body;
	const char *answer = arena_strndup(req->arena, body->data, body->size);
	const char *here = strstr(answer, BYTES_HERE);
	const char *rest = here == NULL ? answer : here + strlen(BYTES_HERE);
	size_t n_bytes;
	const char *bytes = hex_bytes(req->arena, fault->text, &n_bytes);

	buf_reset(body);
	buf_append(body, answer, here == NULL ? 0 : (size_t)(here - answer));
	buf_append(body, bytes, n_bytes);
	buf_append_str(body, rest);
}

static const struct kind kinds[] = {
	{.name = "none"},
	{.name = "slow", .delay_ms = as_ms},
	{.name = "hang", .delay_ms = as_seconds, .spoil = hang_up},
	{.name = "cut", .spoil = hang_up},
	{.name = "truncate", .spoil = truncate_answer},
	{.name = "status", .spoil = say_status},
	{.name = "html", .spoil = say_html},
	{.name = "errcode", .spoil = say_errcode},
	{.name = "bytes", .spoil = put_bytes},
	{.name = "code"}, /* an SMS gateway's answer, gateway_run() */
};

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	return NULL;
}

bool fault_is_kind(const char *name)
{
	return find_kind(name) != NULL;
}

/* Ends early when the process is told to end, and leaves that signal to the worker. */
static void wait_ms(int64_t ms)
{
	struct pollfd told = {.events = POLLIN};
	sigset_t endings;

	sigemptyset(&endings);
	sigaddset(&endings, SIGTERM);
	sigaddset(&endings, SIGINT);
	told.fd = signalfd(-1, &endings, SFD_CLOEXEC);
	poll(&told, 1, (int)(ms < FAULT_DELAY_MAX_MS ? ms : FAULT_DELAY_MAX_MS));
	close(told.fd);
}

void fault_delay(const struct fault *fault, const struct request *req)
{
	const struct kind *kind = fault->kind == NULL ? NULL : find_kind(fault->kind);

	if (kind == NULL || kind->delay_ms == NULL)
		return;
	db_close_idle(req->db, 0);
	wait_ms(kind->delay_ms(fault->value));
}

void fault_spoil(const struct fault *fault, struct request *req)
{
	const struct kind *kind = fault->kind == NULL ? NULL : find_kind(fault->kind);

	if (kind != NULL && kind->spoil != NULL)
		kind->spoil(req, fault);
}
