#include "unit.h"

#include "arena.h"
#include "params.h"
#include "request.h"
#include "scratch.h"

#define N_PARAMS_MAX 8

static struct request req;
static int64_t length;

static void read_params(char *const *environment)
{
	req = (struct request){.arena = arena};
	params_read(environment, &req, &length);
}

#define READ(...) read_params((char *const[]){__VA_ARGS__, NULL})

static void paths_come_from_where_they_are(void **state)
{
	static const struct {
		char *environment[N_PARAMS_MAX];
		const char *path;
	} cases[] = {
		{{"PATH_INFO=/a"}, "/a"},
		{{"PATH_INFO=/a", "SCRIPT_NAME=/b", "REQUEST_URI=/c"}, "/a"},
		{{"PATH_INFO=", "SCRIPT_NAME=/b", "REQUEST_URI=/c"}, "/b"},
		{{"SCRIPT_NAME=/b", "SCRIPT_NAME=/d"}, "/b"},
		{{"SCRIPT_NAME=", "REQUEST_URI=/c%20d?e%20f"}, "/c d"},
		{{"REQUEST_URI=/%2541"}, "/%41"},
		{{"REQUEST_URI=/%+"}, "/%+"},
		{{"PATH_INFO=/%41"}, "/%41"},
		{{"PATH_INFO=a"}, "/"},
		{{"PATHINFO=/a"}, "/"},
		{{"PATH_INFO_=/a"}, "/"},
		{{"PATH_INFO", "SCRIPT_NAME=/b"}, "/b"},
		{{"PATH_INFO\0/a", "SCRIPT_NAME=/b"}, "/b"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		read_params(cases[i].environment);
		assert_string_equal(req.path, cases[i].path);
		assert_null(req.malformed);
	}
}

static void the_web_server_says_when(void **state)
{
	static const struct {
		char *text;
		int64_t us;
	} cases[] = {
		{"SENT_AT=1795249292.756", INT64_C(1795249292756000)},
		{"SENT_AT=1795249292", INT64_C(1795249292000000)},
		{"SENT_AT=", 0},
		{"SENT_AT=1795249292.756x", 0},
		{"SENT_AT=-1", 0},
		{"SENT_AT=nan", 0},
		{"SENT_AT=1e99", 0},
		{"HTTP_SENT_AT=1795249292.756", 0},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		READ(cases[i].text);
		assert_in_range(req.sent_us, cases[i].us - (cases[i].us > 0), cases[i].us);
	}
}

static void addresses_are_whole(void **state)
{
	static const struct {
		char *environment[N_PARAMS_MAX];
		const char *uri, *host;
	} cases[] = {
		{{"HTTP_HOST=a.b", "REQUEST_URI=/b?c=%41"}, "http://a.b/b?c=%41", "a.b"},
		{{"HTTP_HOST=a.b:81", "SERVER_PORT=82", "REQUEST_URI=/"}, "http://a.b:81/", "a.b"},
		{{"HTTP_HOST=a.b", "SERVER_PORT=81", "REQUEST_URI=/"}, "http://a.b/", "a.b"},
		{{"SERVER_NAME=a.b", "SERVER_PORT=81", "REQUEST_URI=/"}, "http://a.b:81/", "a.b"},
		{{"SERVER_NAME=a.b", "SERVER_PORT=80", "REQUEST_URI=/"}, "http://a.b/", "a.b"},
		{{"SERVER_NAME=a.b", "SERVER_PORT=443", "HTTPS=on", "REQUEST_URI=/"},
			"https://a.b/", "a.b"},
		{{"SERVER_NAME=a.b", "SERVER_PORT=443", "REQUEST_URI=/"}, "http://a.b:443/", "a.b"},
		{{"HTTP_HOST=a.b", "REQUEST_SCHEME=https", "REQUEST_URI=/"}, "https://a.b/", "a.b"},
		{{"HTTP_HOST=a.b", "HTTPS=off", "REQUEST_URI=/"}, "http://a.b/", "a.b"},
		{{"SERVER_NAME=c.d", "REQUEST_URI=/"}, "http://c.d/", "c.d"},
		{{"HTTP_HOST=[::1]:81", "REQUEST_URI=/"}, "http://[::1]:81/", "[::1]"},
		{{"HTTP_HOST=[::1]", "SERVER_PORT=81", "REQUEST_URI=/"}, "http://[::1]/", "[::1]"},
		{{"HTTP_HOST=[", "SERVER_PORT=81", "REQUEST_URI=/"}, "http://[/", "["},
		{{"HTTP_HOST=a.b", "REQUEST_URI=http://c.d/c?d=/e", "PATH_INFO=/c"},
			"http://c.d/c?d=/e", "c.d"},
		{{"HTTP_HOST=a.b", "REQUEST_URI=HTTPS://c.d:81?e", "PATH_INFO=/"},
			"http://c.d:81/?e", "c.d"},
		{{"HTTP_HOST=a.b", "REQUEST_URI=http:///c"}, "http://a.b/c", "a.b"},
		{{"HTTP_HOST=a.b", "REQUEST_URI=/c?d=http://e"}, "http://a.b/c?d=http://e", "a.b"},
		{{"HTTP_HOST=a.b", "PATH_INFO=/c", "REQUEST_URI=/c?d=\xc4\xe3&\xe4"},
			"http://a.b/c?d=%C4%E3&%E4", "a.b"},
		{{"HTTP_HOST=a.b", "PATH_INFO=/c", "REQUEST_URI=/c?d=\xe4\xbd\xa0"},
			"http://a.b/c?d=\xe4\xbd\xa0", "a.b"},
		{{"HTTP_HOST=a.b", "REQUEST_LINE=GET /c?d HTTP/1.1", "PATH_INFO=/c"},
			"http://a.b/c?d", "a.b"},
		{{"HTTP_HOST=a.b", "REQUEST_LINE=GET http://c.d/c?d HTTP/1.1", "PATH_INFO=/c"},
			"http://c.d/c?d", "c.d"},
		{{"HTTP_HOST=a.b", "REQUEST_LINE=GET /c d HTTP/1.1", "REQUEST_URI=/e"},
			"http://a.b/c d", "a.b"},
		{{"HTTP_HOST=a.b", "REQUEST_LINE=GET /c"}, "http://a.b/c", "a.b"},
		{{"HTTP_HOST=a.b", "REQUEST_LINE=GET", "REQUEST_URI=/c"}, "http://a.b/c", "a.b"},
		{{"PATH_INFO=/a"}, "http://localhost/a", "localhost"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		read_params(cases[i].environment);
		assert_string_equal(request_uri(&req), cases[i].uri);
		assert_string_equal(req.host, cases[i].host);
	}
}

static void empty_is_absent(void **state)
{
	(void)state;
	READ("QUERY_STRING=", "CONTENT_TYPE=", "HTTP_ACCEPT=", "CONTENT_LENGTH=",
		"REQUEST_METHOD=");
	assert_null(req.query);
	assert_null(req.content_type);
	assert_null(req.accept);
	assert_int_equal(length, LENGTH_ABSENT);
	assert_string_equal(req.method, "");
}

static void headers_reach_their_places(void **state)
{
	(void)state;
	READ("REQUEST_METHOD=POST", "CONTENT_TYPE=text/json", "HTTP_ACCEPT=a", "HTTP_TOKEN=t",
		"HTTP_AUTHORIZATION=Bearer x", "HTTP_X_WX_APPID=wx1", "REMOTE_ADDR=192.0.2.1",
		"QUERY_STRING=a=b");
	assert_string_equal(req.method, "POST");
	assert_string_equal(req.content_type, "text/json");
	assert_ptr_equal(req.body.content_type, req.content_type);
	assert_string_equal(req.accept, "a");
	assert_string_equal(req.token_header, "t");
	assert_string_equal(req.authorization, "Bearer x");
	assert_string_equal(req.app_id_header, "wx1");
	assert_string_equal(req.remote_addr, "192.0.2.1");
	assert_string_equal(req.query, "a=b");
	assert_false(req.has_browser_headers);
}

static void lengths_are_strict(void **state)
{
	static const struct {
		char *environment[N_PARAMS_MAX];
		int64_t length;
	} cases[] = {
		{{"CONTENT_LENGTH=0"}, 0},
		{{"CONTENT_LENGTH=0012"}, 12},
		{{"CONTENT_LENGTH=9223372036854775807"}, INT64_MAX},
		{{"CONTENT_LENGTH=9223372036854775808"}, LENGTH_MALFORMED},
		{{"CONTENT_LENGTH=-1"}, LENGTH_MALFORMED},
		{{"CONTENT_LENGTH=+1"}, LENGTH_MALFORMED},
		{{"CONTENT_LENGTH= 1"}, LENGTH_MALFORMED},
		{{"CONTENT_LENGTH=1x"}, LENGTH_MALFORMED},
		{{"HTTP_CONTENT_LENGTH=1"}, LENGTH_ABSENT},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		read_params(cases[i].environment);
		assert_int_equal(length, cases[i].length);
	}
}

static void traces_of_browsers_are_seen(void **state)
{
	static char *const traces[] = {"HTTP_ORIGIN=https://a.b", "HTTP_SEC_FETCH_SITE=none"};

	(void)state;
	for (size_t i = 0; i < N_OF(traces); i++) {
		READ("PATH_INFO=/", traces[i]);
		assert_true(req.has_browser_headers);
	}
	READ("HTTP_ORIGINAL=x", "HTTP_SEC=x", "ORIGIN=x");
	assert_false(req.has_browser_headers);
}

static void what_offends_is_refused(void **state)
{
	static const struct {
		char *parameter;
		const char *malformed;
	} cases[] = {
		{"PATH_INFO=/\xff", "a header or the path is not UTF-8"},
		{"REQUEST_URI=/\xff", "a header or the path is not UTF-8"},
		{"HTTP_X_WX_APPID=\xff", "a header or the path is not UTF-8"},
		{"HTTP_AUTHORIZATION=\xed\xa0\x80", "a header or the path is not UTF-8"},
		{"HTTP_AUTHORIZATION=Bearer a, Bearer b", "Authorization has two values"},
		{"HTTP_AUTHORIZATION=Bearer a, Basic b", "Authorization has two values"},
		{"REQUEST_URI=/a%00b", "the path holds %00"},
		{"REQUEST_URI=/a?\n", "the URL holds a control character"},
		{"REQUEST_URI=/a?\x7f", "the URL holds a control character"},
	};
	static char large[PARAMS_VALUE_MAX + 32];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		READ(cases[i].parameter);
		assert_string_equal(req.malformed, cases[i].malformed);
		assert_non_null(req.path);
	}
	READ("HTTP_AUTHORIZATION=a", "HTTP_AUTHORIZATION=b");
	assert_string_equal(req.malformed, "Authorization has two values");
	READ("HTTP_AUTHORIZATION=a", "HTTP_AUTHORIZATION=a");
	assert_null(req.malformed);
	for (size_t size = PARAMS_VALUE_MAX; size <= PARAMS_VALUE_MAX + 1; size++) {
		snprintf(large, sizeof(large), "QUERY_STRING=%0*d", (int)size, 0);
		READ(large);
		assert_int_equal(req.malformed != NULL, size > PARAMS_VALUE_MAX);
	}
	for (size_t size = PARAMS_PATH_MAX; size <= PARAMS_PATH_MAX + 1; size++) {
		snprintf(large, sizeof(large), "PATH_INFO=/%0*d", (int)size - 1, 0);
		READ(large);
		assert_int_equal(req.malformed != NULL, size > PARAMS_PATH_MAX);
	}
	assert_string_equal(req.malformed, "a header or the URL is too long");
}

/* Each by itself, or already joined by the web server. */
static void a_header_that_comes_twice_is_one(void **state)
{
	static const struct {
		char *environment[N_PARAMS_MAX];
		const char *token;
	} cases[] = {
		{{"HTTP_TOKEN=a", "HTTP_TOKEN=a"}, "a"},
		{{"HTTP_TOKEN=a, a"}, "a"},
		{{"HTTP_TOKEN=a, a", "HTTP_TOKEN=a"}, "a"},
		{{"HTTP_TOKEN=a", "HTTP_TOKEN=b"}, "a, b"},
		{{"HTTP_TOKEN=a, b"}, "a, b"},
		{{"HTTP_TOKEN=a, ab"}, "a, ab"},
		{{"HTTP_TOKEN=a, a, "}, "a"},
		{{"HTTP_TOKEN=, a"}, "a"},
		{{"HTTP_TOKEN=a, , a"}, "a"},
		{{"HTTP_TOKEN=, a, b"}, ", a, b"},
		{{"HTTP_TOKEN=a,a"}, "a,a"},
		{{"HTTP_TOKEN=a, "}, "a"},
		{{"HTTP_TOKEN=a", "HTTP_TOKEN="}, "a"},
		{{"HTTP_TOKEN=a b, a b"}, "a b"},
		{{"HTTP_TOKEN=", "HTTP_TOKEN=b"}, "b"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		read_params(cases[i].environment);
		assert_string_equal(req.token_header, cases[i].token);
		assert_null(req.malformed);
	}
	READ("CONTENT_TYPE=a", "HTTP_CONTENT_TYPE=a", "HTTP_CONTENT_TYPE=b", "SCRIPT_NAME=/a",
		"SCRIPT_NAME=/b");
	assert_string_equal(req.content_type, "a, b");
	assert_string_equal(req.path, "/a");
	READ("HTTP_TOKEN=, , ", "CONTENT_TYPE=, a", "HTTP_AUTHORIZATION=, Bearer a",
		"HTTP_AUTHORIZATION=");
	assert_null(req.token_header);
	assert_string_equal(req.content_type, "a");
	assert_string_equal(req.authorization, "Bearer a");
	assert_null(req.malformed);
}

static void a_query_may_be_no_text(void **state)
{
	(void)state;
	READ("QUERY_STRING=a=\xc4\xe3", "REQUEST_URI=/b%0A?%00");
	assert_string_equal(req.query, "a=\xc4\xe3");
	assert_string_equal(req.path, "/b\n");
	assert_null(req.malformed);
	READ("PATH_INFO=/a", "REQUEST_URI=/a%00b");
	assert_non_null(req.malformed);
	READ("HTTP_AUTHORIZATION=Digest username=\"a\", realm=\"b\"");
	assert_null(req.malformed);
}

static void lines_of_one_list_are_one_list(void **state)
{
	(void)state;
	READ("HTTP_ACCEPT=a", "HTTP_ACCEPT=b", "HTTP_ACCEPT_CHARSET=c", "HTTP_ACCEPT_CHARSET=",
		"HTTP_ACCEPT_LANGUAGE=d", "HTTP_X_FORWARDED_FOR=192.0.2.1, 192.0.2.2",
		"HTTP_X_FORWARDED_FOR=192.0.2.3", "HTTP_X_FORWARDED_FOR=192.0.2.4");
	assert_null(req.malformed);
	assert_string_equal(req.accept, "a, b");
	assert_string_equal(req.accept_charset, "c");
	assert_string_equal(req.accept_language, "d");
	assert_string_equal(
		req.forwarded_for, "192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4");
}

static void any_header_is_found_by_its_name(void **state)
{
	(void)state;
	READ("PATH_INFO=/", "CONTENT_TYPE=text/xml", "HTTP_X_TC_ACTION=SendSms", "HTTP_X_TC=",
		"HTTP_HOST=a:80", "X_TC_ACTION=no");
	assert_string_equal(request_header(&req, "X-TC-Action"), "SendSms");
	assert_string_equal(request_header(&req, "x-tc-action"), "SendSms");
	assert_string_equal(request_header(&req, "X-TC"), "");
	assert_string_equal(request_header(&req, "Host"), "a:80");
	assert_string_equal(request_header(&req, "content-type"), "text/xml");
	assert_null(request_header(&req, "X-TC-Act"));
	assert_null(request_header(&req, "X-TC-Action-More"));
	assert_null(request_header(&req, "Path-Info"));
}

int main(void)
{
#define PARAMS_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_set_up, scratch_tear_down)
	const struct CMUnitTest tests[] = {
		PARAMS_TEST(paths_come_from_where_they_are),
		PARAMS_TEST(the_web_server_says_when),
		PARAMS_TEST(addresses_are_whole),
		PARAMS_TEST(empty_is_absent),
		PARAMS_TEST(headers_reach_their_places),
		PARAMS_TEST(lengths_are_strict),
		PARAMS_TEST(traces_of_browsers_are_seen),
		PARAMS_TEST(what_offends_is_refused),
		PARAMS_TEST(a_header_that_comes_twice_is_one),
		PARAMS_TEST(a_query_may_be_no_text),
		PARAMS_TEST(lines_of_one_list_are_one_list),
		PARAMS_TEST(any_header_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
