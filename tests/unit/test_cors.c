#include "unit.h"

#include "arena.h"
#include "conf.h"
#include "cors.h"
#include "dispatch.h"
#include "endpoint.h"
#include "problem.h"
#include "request.h"
#include "service.h"

#define ORIGIN "https://h5.example.com"
#define LISTED "https://a.example, " ORIGIN

static enum err run(struct request *req)
{
	response_set(req, 200, "text/plain");
	return ERR_NONE;
}

#define THING(path_, method_, access_)                                                          \
	{                                                                                       \
		.dialect = &problem_dialect, .path = path_, .method = method_,                  \
		.access = access_, .summary = {"某物", "a thing"},                              \
		.answer = ANSWER_BY_RUN, .run = run,                                            \
	}

static const struct endpoint login = THING("login", "POST", ACCESS_ANYBODY);
static const struct endpoint own = THING("own", "GET", ACCESS_KEY_READ | ACCESS_OWN_TOKEN);
static const struct endpoint own_put = THING("own", "PUT", ACCESS_OWN_TOKEN);
static const struct endpoint own_delete = THING("own", "DELETE", ACCESS_KEY_WRITE);
static const struct endpoint servers = THING("servers", "GET", ACCESS_KEY_READ);
static const struct endpoint probe = THING("probe", "GET", ACCESS_NO_CREDENTIAL);
static const struct endpoint *const endpoints[] = {
	&login, &own, &own_put, &own_delete, &servers, &probe, NULL};
static const struct dialect *const dialects[] = {&problem_dialect, NULL};

static enum err let_in(struct request *req)
{
	(void)req;
	return ERR_NONE;
}

static const struct service service = {
	.name = "test", .endpoints = endpoints, .dialects = dialects, .authenticate = let_in};

struct question {
	const char *method, *path;
	char *environment[3];
	const char *origins;
};

struct told {
	int status;
	char headers[1024];
};

static struct told ask(const struct question *question)
{
	char error[256];
	struct conf *conf = conf_load(NULL, error, sizeof(error));
	struct arena *arena = arena_new(1 << 20);
	const struct dispatcher dispatcher = {.service = &service, .conf = conf};
	struct request req = {
		.arena = arena,
		.method = question->method,
		.path = question->path,
		.target = question->path,
		.environment = question->environment,
		.has_browser_headers = question->environment[0] != NULL,
	};
	struct told told;

	assert_non_null(conf);
	conf->rates_by_address = false;
	conf->http_origins = question->origins;
	dispatch(&dispatcher, &req);
	told.status = req.response.status;
	snprintf(told.headers, sizeof(told.headers), "%s", req.response.headers.data);
	buf_release(&req.response.body);
	buf_release(&req.response.headers);
	arena_free(arena);
	conf_free(conf);
	return told;
}

#define FROM(origin) "HTTP_ORIGIN=" origin
#define METHOD "HTTP_ACCESS_CONTROL_REQUEST_METHOD=PUT"

static void who_may_read_an_answer(void **state)
{
	static const struct {
		struct question question;
		bool varies, is_allowed;
	} cases[] = {
		{{"POST", "/login", {FROM(ORIGIN)}, LISTED}, true, true},
		{{"POST", "/login", {FROM("https://a.example")}, LISTED}, true, true},
		{{"GET", "/login", {FROM(ORIGIN)}, LISTED}, true, true}, /* also a 405 */
		{{"GET", "/own", {FROM(ORIGIN)}, LISTED}, true, true},
		{{"POST", "/login", {FROM(ORIGIN)}, ""}, false, false},
		{{"POST", "/login", {NULL}, LISTED}, true, false},
		{{"POST", "/login", {FROM("http://h5.example.com")}, LISTED}, true, false},
		{{"POST", "/login", {FROM("https://H5.example.com")}, LISTED}, true, false},
		{{"POST", "/login", {FROM(ORIGIN ":444")}, LISTED}, true, false},
		{{"POST", "/login", {FROM(ORIGIN ".evil")}, LISTED}, true, false},
		{{"POST", "/login", {FROM("https://h5.example")}, LISTED}, true, false},
		{{"POST", "/login", {FROM("null")}, LISTED}, true, false},
		{{"GET", "/servers", {FROM(ORIGIN)}, LISTED}, false, false},
		{{"GET", "/probe", {FROM(ORIGIN)}, LISTED}, false, false},
		{{"GET", "/nowhere", {FROM(ORIGIN)}, LISTED}, false, false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct told told = ask(&cases[i].question);
		const char *allowed = strstr(told.headers, "Access-Control-Allow-Origin: ");

		assert_int_equal(strstr(told.headers, "Vary: Origin") != NULL, cases[i].varies);
		assert_int_equal(allowed != NULL, cases[i].is_allowed);
		assert_int_equal(strstr(told.headers, "Expose-Headers: X-Request-Id") != NULL,
			cases[i].is_allowed);
		assert_null(strstr(told.headers, "Credentials"));
	}
}

static void what_a_preflight_is_told(void **state)
{
	static const struct {
		struct question question;
		int status;
		const char *methods;
	} cases[] = {
		{{"OPTIONS", "/own", {FROM(ORIGIN), METHOD}, LISTED}, 204, "GET, HEAD, PUT"},
		{{"OPTIONS", "/login", {FROM(ORIGIN), METHOD}, LISTED}, 204, "POST"},
		{{"OPTIONS", "/login", {FROM(ORIGIN)}, LISTED}, 405, NULL},
		{{"OPTIONS", "/login", {METHOD}, LISTED}, 405, NULL},
		{{"OPTIONS", "/login", {FROM("https://b.example"), METHOD}, LISTED}, 405, NULL},
		{{"OPTIONS", "/login", {FROM(ORIGIN), METHOD}, ""}, 405, NULL},
		{{"OPTIONS", "/servers", {FROM(ORIGIN), METHOD}, LISTED}, 405, NULL},
		{{"OPTIONS", "/probe", {FROM(ORIGIN), METHOD}, LISTED}, 405, NULL},
		{{"OPTIONS", "/nowhere", {FROM(ORIGIN), METHOD}, LISTED}, 404, NULL},
		{{"PATCH", "/login", {FROM(ORIGIN), METHOD}, LISTED}, 405, NULL},
	};
	char line[128];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct told told = ask(&cases[i].question);

		assert_int_equal(told.status, cases[i].status);
		if (cases[i].methods == NULL) {
			assert_null(strstr(told.headers, "Access-Control-Allow-Methods"));
			continue;
		}
		snprintf(line, sizeof(line), "Access-Control-Allow-Methods: %s\r\n",
			cases[i].methods);
		assert_non_null(strstr(told.headers, line));
		assert_non_null(strstr(told.headers,
			"Access-Control-Allow-Headers: Authorization, Content-Type, X-WX-AppId\r\n"
			"Access-Control-Max-Age: 600\r\n"));
		assert_non_null(strstr(told.headers, "Access-Control-Allow-Origin: " ORIGIN));
	}
}

static void what_may_be_listed(void **state)
{
	static const char *const good[] = {"", ORIGIN, LISTED, "http://localhost:8080",
		"https://192.0.2.1:8443,https://[2001:db8::1]", "https://[::1]:8443"};
	static const char *const bad[] = {"*", "null", ORIGIN " *", "h5.example.com", ORIGIN "/",
		"https://", "https://H5.example.com", "https://*.example.com", "ftp://a.example",
		ORIGIN ":443", "http://a.example:80", "https://a.example:x", "https://a.example:",
		"https://a@b.example"};
	char text[CORS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < N_OF(good); i++)
		assert_null(cors_find_problem(good[i], text));
	for (size_t i = 0; i < N_OF(bad); i++)
		assert_non_null(cors_find_problem(bad[i], text));
	assert_string_equal(cors_find_problem("null", text),
		"http.origins: null would let in pages of anybody; list each origin");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_may_read_an_answer),
		cmocka_unit_test(what_a_preflight_is_told),
		cmocka_unit_test(what_may_be_listed),
	};

	return cmocka_run_group_tests_name("cors", tests, NULL, NULL);
}
