#include "unit.h"

#include <curl/curlver.h>
#include <glob.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "breaker.h"
#include "captured_log.h"
#include "clock.h"
#include "fiber.h"
#include "http_client.h"
#include "loopback.h"
#include "scratch.h"
#include "transferring.h"
#include "transfers.h"

#define N_CALLS 64
/* An older libcurl keeps no connection: transport.h. */
#define N_CONNECTIONS_MAX (LIBCURL_VERSION_NUM >= 0x075000 ? N_CALLS : 2 * N_CALLS)
#define PATIENCE_MS 30000
#define ADDRESS_SPACE ((rlim_t)512 * 1024 * 1024) /* half of what a worker has */
#define REPLY(body) "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" body
#define KEPT(path, body, ms) SCENE(path, REPLY(body), .is_kept = true, .pause_ms = (ms))

static const struct scene scenes[] = {
	KEPT("/a", "aaaa", 200),
	KEPT("/b", "bbbb", 100),
	KEPT("/c", "cccc", 50),
	KEPT("/d", "dddd", 0),
	SCENE("/ends", REPLY("ends")), /* the connection, without a word */
	SCENE("/late", REPLY("late"), .pause_ms = 60000),
	SCENE("/half", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
	SCENE("/silent", NULL),
	SCENES_END,
};

static struct loopback *server;
static struct breaker_table *breakers;

/* A fiber that makes calls one after the other. */
struct caller {
	const char *paths[3]; /* NULL: no more */
	int timeout_ms;
	struct http_answer answers[3]; /* bodies in the arena */
	int64_t waited_us, ended_us;
	unsigned *n_left;
};

static int set_up(void **state)
{
	server = loopback_start(scenes);
	breakers = NULL;
	return transferring_set_up(state);
}

static int tear_down(void **state)
{
	loopback_stop(server);
	return transferring_tear_down(state);
}

/* Copies the answer's body. */
static bool is_ok(void *ctx, const struct http_answer *answer)
{
	const char **body_r = ctx;

	*body_r = arena_strndup(arena, answer->body, answer->size);
	return answer->status == 200;
}

static void get(
	struct http_client *client, const char *path, int timeout_ms, struct http_answer *answer_r)
{
	const char *body = NULL;
	const struct http_call call = {
		.path = path,
		.deadline_us = clock_monotonic_us() + timeout_ms * INT64_C(1000),
		.is_ok = is_ok,
		.ctx = &body,
	};

	http_get(client, &call, answer_r);
	answer_r->body = body;
}

static struct http_client *client_to(const char *url)
{
	const struct http_site site = {
		.url = url,
		.connect_timeout_us = PATIENCE_MS * INT64_C(1000),
		.transfers = test_transfers,
		.breakers = breakers,
	};
	struct http_client *client = http_client_new(&site);

	assert_non_null(client);
	return client;
}

static void make_calls(void *ctx)
{
	struct caller *caller = ctx;
	struct http_client *client = client_to(loopback_url(server));

	for (size_t i = 0; i < N_OF(caller->paths) && caller->paths[i] != NULL; i++)
		get(client, caller->paths[i], caller->timeout_ms, &caller->answers[i]);
	caller->waited_us = http_client_waited_us(client);
	http_client_free(client);
	caller->ended_us = clock_monotonic_us();
	(*caller->n_left)--;
}

/* Runs all at once to their ends. */
static void run_callers(struct caller *callers, unsigned n)
{
	unsigned n_left = n;

	for (unsigned i = 0; i < n; i++) {
		callers[i].n_left = &n_left;
		fiber_start(make_calls, &callers[i]);
	}
	transferring_run(&n_left);
}

static struct caller caller_of(const char *first, const char *second)
{
	return (struct caller){.paths = {first, second}, .timeout_ms = PATIENCE_MS};
}

/* The first byte tells of which path an answer is. */
static void assert_answered(const struct caller *caller, size_t i)
{
	assert_int_equal(caller->answers[i].outcome, HTTP_ANSWERED);
	assert_int_equal(caller->answers[i].size, 4);
	assert_int_equal(caller->answers[i].body[0], caller->paths[i][0]);
}

static unsigned n_requests(void)
{
	static const char *const paths[] = {"/a", "/b", "/c", "/d", "/late", "/half", "/silent"};
	unsigned n = 0;

	for (size_t i = 0; i < N_OF(paths); i++)
		n += loopback_n_requests(server, paths[i]);
	return n;
}

/* ---- Many at once. */

static void each_gets_its_own_answers(void **state)
{
	static const char *const paths[] = {"a", "b", "c", "d"};
	struct caller callers[N_CALLS];

	(void)state;
	for (size_t i = 0; i < N_CALLS; i++)
		callers[i] = caller_of(paths[i % 4], paths[i / 4 % 4]);
	run_callers(callers, N_CALLS);
	for (size_t i = 0; i < N_CALLS; i++) {
		assert_answered(&callers[i], 0);
		assert_answered(&callers[i], 1);
	}
	assert_true(callers[15].ended_us < callers[0].ended_us); /* it began later */
	assert_true(callers[15].waited_us < callers[0].waited_us);
	assert_true(callers[0].waited_us >= 400000);
	assert_int_equal(n_requests(), 2 * N_CALLS);
	assert_in_range(loopback_n_connections(server), 1, N_CONNECTIONS_MAX);
}

static void failures_are_each_ones_own(void **state)
{
	struct caller callers[N_CALLS];

	(void)state;
	for (size_t i = 0; i < N_CALLS; i++)
		callers[i] = caller_of("a", "d");
	callers[7].paths[1] = "late";
	callers[7].timeout_ms = 1000;
	callers[8].paths[1] = "half";
	callers[9].paths[1] = "silent";
	run_callers(callers, N_CALLS);
	for (size_t i = 0; i < N_CALLS; i++) {
		assert_answered(&callers[i], 0);
		if (i >= 7 && i <= 9)
			assert_int_equal(callers[i].answers[1].outcome, HTTP_FAILED);
		else
			assert_answered(&callers[i], 1);
	}
	assert_int_equal(n_requests(), 2 * N_CALLS);
}

/* Left alone, libcurl would send each request again on a fresh connection. */
static void kept_connections_that_die_get_one_request_each(void **state)
{
	struct caller callers[N_CALLS];

	(void)state;
	for (size_t i = 0; i < N_CALLS; i++)
		callers[i] = caller_of("a", "silent");
	run_callers(callers, N_CALLS);
	for (size_t i = 0; i < N_CALLS; i++)
		assert_int_equal(callers[i].answers[1].outcome, HTTP_FAILED);
	assert_int_equal(loopback_n_requests(server, "/silent"), N_CALLS);
}

/* libcurl may see the end only after the next request has gone out; then it went to nobody. */
static void idle_connections_that_die_get_no_request_twice(void **state)
{
	struct caller callers[N_CALLS];
	unsigned n_answered = 0;

	(void)state;
	for (size_t i = 0; i < N_CALLS; i++)
		callers[i] = caller_of("ends", "d");
	run_callers(callers, N_CALLS);
	for (size_t i = 0; i < N_CALLS; i++) {
		assert_answered(&callers[i], 0);
		assert_int_not_equal(callers[i].answers[1].outcome, HTTP_UNSENT);
		n_answered += callers[i].answers[1].outcome == HTTP_ANSWERED;
	}
	assert_int_equal(loopback_n_requests(server, "/d"), n_answered);
}

static void one_of_many_tries_an_open_breaker(void **state)
{
	struct breaker_table table = {0};
	struct caller callers[N_CALLS];
	struct breaker_call admitted;
	unsigned n_answered = 0;

	(void)state;
	breakers = &table;
	assert_true(breaker_admit(breakers, "127.0.0.1", "c", clock_monotonic_us(), &admitted));
	admitted.breaker->blocked_us = clock_monotonic_us() - BREAKER_PAUSE_US;
	for (size_t i = 0; i < N_CALLS; i++)
		callers[i] = caller_of("c", "d");
	run_callers(callers, N_CALLS);
	for (size_t i = 0; i < N_CALLS; i++) {
		n_answered += callers[i].answers[0].outcome == HTTP_ANSWERED;
		assert_answered(&callers[i], 1);
	}
	assert_int_equal(n_answered, 1);
	assert_int_equal(loopback_n_requests(server, "/c"), 1);
	assert_false(breaker_is_open(admitted.breaker));
}

/* ---- Pauses. */

struct sleeper {
	int64_t pause_us;
	unsigned *n_left;
};

static char woken[8];

static void sleep_and_tell(void *ctx)
{
	struct sleeper *sleeper = ctx;
	size_t n_woken;

	transfers_sleep_us(test_transfers, sleeper->pause_us);
	n_woken = strlen(woken);
	woken[n_woken] = (char)('0' + sleeper->pause_us / 10000);
	(*sleeper->n_left)--;
}

static void sleepers_wake_in_order(void **state)
{
	static const int64_t pauses_us[] = {30000, 10000, 0, 20000};
	struct sleeper sleepers[N_OF(pauses_us)];
	unsigned n_left = N_OF(pauses_us);
	int64_t begun_us = clock_monotonic_us();

	(void)state;
	for (size_t i = 0; i < N_OF(pauses_us); i++) {
		sleepers[i] = (struct sleeper){pauses_us[i], &n_left};
		fiber_start(sleep_and_tell, &sleepers[i]);
	}
	transfers_sleep_us(test_transfers, 25000); /* outside of fibers, and wakes others */
	transferring_run(&n_left);
	assert_string_equal(woken, "0123");
	assert_true(clock_monotonic_us() - begun_us >= 30000);
}

/* ---- What else must hold. */

static void look_up(void *ctx)
{
	struct caller *caller = ctx;
	struct http_client *client = client_to(caller->paths[0]);

	get(client, "", 2000, &caller->answers[0]);
	http_client_free(client);
	(*caller->n_left)--;
}

static unsigned n_of(const char *text, const char *part)
{
	unsigned n = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		n++;
	}
	return n;
}

static void many_names_are_looked_up_at_once(void **state)
{
	struct caller callers[N_CALLS] = {{.timeout_ms = 0}};
	unsigned n_left = N_CALLS;
	struct rlimit before;
	const char *text;

	(void)state;
	getrlimit(RLIMIT_AS, &before);
#ifndef HAVE_SANITIZERS
	setrlimit(RLIMIT_AS, &(struct rlimit){ADDRESS_SPACE, before.rlim_max});
#endif
	captured_log_begin();
	for (unsigned i = 0; i < N_CALLS; i++) {
		callers[i].paths[0] = arena_printf(arena, "https://name-%u.invalid", i);
		callers[i].n_left = &n_left;
		fiber_start(look_up, &callers[i]);
	}
	transferring_run(&n_left);
	text = captured_log_end();
	setrlimit(RLIMIT_AS, &before);
	assert_int_equal(
		n_of(text, "Could not resolve host") + n_of(text, "Resolving timed out"), N_CALLS);
}

static unsigned n_globs;

/* In place of libc's, which authorities.c calls. */
int glob(const char *pattern, int flags, int (*on_error)(const char *, int), glob_t *found_r)
{
	(void)pattern, (void)flags, (void)on_error;
	*found_r = (glob_t){0};
	n_globs++;
	return GLOB_NOMATCH;
}

static void the_systems_authorities_are_read_once(void **state)
{
	struct caller callers[2];

	(void)state;
	n_globs = 0;
	for (size_t i = 0; i < N_OF(callers); i++)
		callers[i] = caller_of("d", "d");
	run_callers(callers, N_OF(callers));
	assert_in_range(n_globs, 0, 1); /* not at all, if libcurl has none */
}

static void assert_aborts(void (*wait_where_forbidden)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0});
		signal(SIGABRT, SIG_DFL);
		assert_non_null(freopen("/dev/null", "w", stderr));
		wait_where_forbidden();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void sleep_where_forbidden(void)
{
	fiber_forbid_waiting();
	transfers_sleep_us(test_transfers, 0);
}

/* The connection of the first call could carry the second at once. */
static void call_where_forbidden(void)
{
	struct http_client *client = client_to(loopback_url(server));
	struct http_answer answer;

	get(client, "d", PATIENCE_MS, &answer);
	fiber_forbid_waiting();
	get(client, "c", PATIENCE_MS, &answer);
}

static void a_forbidden_wait_aborts(void **state)
{
	(void)state;
	assert_aborts(sleep_where_forbidden);
	assert_aborts(call_where_forbidden);
	assert_int_equal(loopback_n_requests(server, "/d"), 1);
	assert_int_equal(loopback_n_requests(server, "/c"), 0); /* nothing was sent */
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(each_gets_its_own_answers),
		TEST(failures_are_each_ones_own),
		TEST(kept_connections_that_die_get_one_request_each),
		TEST(idle_connections_that_die_get_no_request_twice),
		TEST(one_of_many_tries_an_open_breaker),
		TEST(sleepers_wake_in_order),
		TEST(many_names_are_looked_up_at_once),
		TEST(the_systems_authorities_are_read_once),
		TEST(a_forbidden_wait_aborts),
	};

	return cmocka_run_group_tests_name("transfers", tests, NULL, NULL);
}
