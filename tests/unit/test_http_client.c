#include "unit.h"

#include <arpa/inet.h>
#include <curl/curlver.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answer.h"
#include "arena.h"
#include "authorities.h"
#include "breaker.h"
#include "buf.h"
#include "captured_log.h"
#include "clock.h"
#include "http_client.h"
#include "http_url.h"
#include "in_heap.h"
#include "loopback.h"
#include "scratch.h"
#include "transferring.h"
#include "transfers.h"

#define HEAD(status) "HTTP/1.1 " status "\r\nContent-Type: text/plain\r\n"
#define EMPTY "Connection: close\r\nContent-Length: 0\r\n\r\n"
#define CHUNKED HEAD("200 OK") "Transfer-Encoding: chunked\r\n\r\n"
#define PATIENCE_MS 20000
#define PATIENCE_US (PATIENCE_MS * 1000)

static const struct scene scenes[] = {
	SCENE("/ok", LOOPBACK_TEXT("fine")),
	SCENE("/missing", HEAD("404 Not Found") "\r\nno"),
	SCENE("/broken", HEAD("502 Bad Gateway") EMPTY),
	SCENE("/elsewhere", HEAD("302 Found") "Location: /ok\r\n" EMPTY),
	SCENE("/full", CHUNKED, .n_chunks = HTTP_ANSWER_MAX / LOOPBACK_CHUNK_SIZE),
	SCENE("/overfull", CHUNKED, .n_chunks = HTTP_ANSWER_MAX / LOOPBACK_CHUNK_SIZE + 1),
	SCENE("/late", LOOPBACK_TEXT("late"), .pause_ms = 60000),
	SCENE("/silent", NULL),
	SCENE("/half", HEAD("200 OK") "Content-Length: 10\r\n\r\nhalf"),
	SCENE("/session", LOOPBACK_TEXT("{\"session_key\": \"OfTheUsersSession\"}")),
	SCENE("/kept", HEAD("200 OK") "Content-Length: 4\r\n\r\nkept", .is_kept = true),
	SCENES_END,
};

static struct loopback *server;

static int start(void **state)
{
	server = loopback_start(scenes);
	return transferring_set_up(state);
}

static int stop(void **state)
{
	loopback_stop(server);
	return transferring_tear_down(state);
}

static const char *last_body; /* in the arena; NULL: none */

static bool status_is_200(void *ctx, const struct http_answer *answer)
{
	(void)ctx;
	last_body = arena_strndup(arena, answer->body, answer->size);
	return answer->status == 200;
}

static struct http_site local_site(struct breaker_table *breakers)
{
	return (struct http_site){
		.url = loopback_url(server),
		.connect_timeout_us = PATIENCE_US,
		.transfers = test_transfers,
		.breakers = breakers,
	};
}

static struct http_call call_of(const char *path, int timeout_ms)
{
	static const struct http_param no_query[] = {{NULL, NULL}};

	return (struct http_call){
		.path = path,
		.query = no_query,
		.deadline_us = clock_monotonic_us() + timeout_ms * 1000,
		.is_ok = status_is_200,
	};
}

static struct http_answer get_from(const struct http_site *site, const struct http_call *call)
{
	struct http_client *client = http_client_new(site);
	struct http_answer answer;

	assert_non_null(client);
	last_body = NULL;
	http_get(client, call, &answer);
	assert_null(answer.body);
	answer.body = last_body;
	http_client_free(client);
	return answer;
}

static struct http_answer get(const char *path)
{
	struct http_site site = local_site(NULL);
	struct http_call call = call_of(path, PATIENCE_MS);

	return get_from(&site, &call);
}

static void an_answer_arrives_whole(void **state)
{
	struct http_answer answer = get("ok");

	(void)state;
	assert_int_equal(answer.outcome, HTTP_ANSWERED);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body, "fine");
	assert_int_equal(answer.size, 4);
	answer = get("missing");
	assert_int_equal(answer.outcome, HTTP_ANSWERED);
	assert_int_equal(answer.status, 404);
	assert_string_equal(answer.body, "no");
}

static void a_query_is_escaped(void **state)
{
	static const struct http_param query[] = {
		{"code", "a+b/c=&d e#\xe4\xb8\xad"},
		{"absent", NULL},
		{"plain", "Az09-._~"},
		{NULL, NULL},
	};
	struct http_site site = local_site(NULL);
	struct http_call call = call_of("ok", PATIENCE_MS);

	(void)state;
	call.query = query;
	get_from(&site, &call);
	assert_string_equal(loopback_last_request(server),
		"GET /ok?code=a%2Bb%2Fc%3D%26d%20e%23%E4%B8%AD&plain=Az09-._~ HTTP/1.1");
}

/* The client and its connection stay for the next call. */
static void a_secret_is_wiped_after_the_call(void **state)
{
	static const struct http_param query[] = {{"secret", "OfTheAppInTheQuery"}, {NULL, NULL}};
	static const struct http_param headers[] = {{"X-Key", "OfTheGateway"}, {NULL, NULL}};
	struct http_site site = local_site(NULL);
	struct http_client *client = http_client_new(&site);
	struct http_call call = call_of("kept", PATIENCE_MS);
	struct http_answer answer;

	(void)state;
	call.query = query;
	call.headers = headers;
	for (int i = 0; i < 2; i++) {
		http_get(client, &call, &answer);
		assert_int_equal(answer.status, 200);
		assert_int_equal(n_in_heap("OfTheAppInTheQuery"), 0);
		assert_int_equal(n_in_heap("OfTheGateway"), 0);
	}
	http_client_free(client);
}

static bool reads_session(void *ctx, const struct http_answer *answer)
{
	unsigned *n_read = ctx;
	json_t *json = answer_json(answer);

	*n_read += json_object_get(json, "session_key") != NULL;
	json_decref(json);
	return true;
}

static void an_answer_is_wiped_after_the_call(void **state)
{
	struct http_site site = local_site(NULL);
	struct http_client *client = http_client_new(&site);
	struct http_call call = call_of("session", PATIENCE_MS);
	struct http_answer answer;
	unsigned n_read = 0;

	(void)state;
	call.is_ok = reads_session;
	call.ctx = &n_read;
	for (int i = 0; i < 2; i++) {
		http_get(client, &call, &answer);
		assert_int_equal(n_read, i + 1);
		assert_int_equal(n_in_heap("OfTheUsersSession"), 0);
	}
	http_client_free(client);
}

static void a_host_has_no_port_of_the_scheme(void **state)
{
	static const struct {
		const char *url, *host;
	} cases[] = {
		{"https://sms.tencentcloudapi.com", "sms.tencentcloudapi.com"},
		{"https://sms.tencentcloudapi.com/", "sms.tencentcloudapi.com"},
		{"https://sms.tencentcloudapi.com:443", "sms.tencentcloudapi.com"},
		{"https://sms.tencentcloudapi.com:443/", "sms.tencentcloudapi.com"},
		{"HTTPS://SMS.TencentCloudAPI.com:0443/a/b", "sms.tencentcloudapi.com"},
		{"https://gateway.example:8443/sms/", "gateway.example:8443"},
		{"https://gateway.example:80/", "gateway.example:80"},
		{"http://127.0.0.1:80/", "127.0.0.1"},
		{"http://LocalHost:443", "localhost:443"},
		{"https://[2001:DB8::1]:443/", "[2001:db8::1]"},
		{"https://[2001:db8::1]:444/", "[2001:db8::1]:444"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct buf host = {0};

		http_url_append_host(&host, cases[i].url);
		assert_string_equal(host.data, cases[i].host);
		buf_release(&host);
	}
}

/* The log names it. libcurl decodes it since 7.80; before, it is text as it stands. */
static void a_host_is_text(void **state)
{
	const bool is_decoded = LIBCURL_VERSION_NUM >= 0x075000;
	struct http_server read;
	struct http_proxy proxy;

	(void)state;
	assert_int_equal(http_url_read_server("https://a%ff.example", &read) != NULL, is_decoded);
	assert_int_equal(read.host == NULL, is_decoded);
	http_url_release_server(&read);
	assert_int_equal(
		http_url_read_proxy("http://a%ff.example:3128", &proxy) != NULL, is_decoded);
	assert_int_equal(proxy.address == NULL, is_decoded);
	http_url_release_proxy(&proxy);
	assert_null(http_url_read_server("https://%E5%B0%8F.example", &read));
	assert_string_equal(read.host, is_decoded ? "小.example" : "%E5%B0%8F.example");
	http_url_release_server(&read);
}

static void a_redirect_is_not_followed(void **state)
{
	unsigned n_before = loopback_n_requests(server, "/ok");

	(void)state;
	assert_int_equal(get("elsewhere").status, 302);
	assert_int_equal(loopback_n_requests(server, "/ok"), n_before);
}

static void an_answer_over_the_limit_is_none(void **state)
{
	struct http_answer answer = get("full");

	(void)state;
	assert_int_equal(answer.outcome, HTTP_ANSWERED);
	assert_int_equal(answer.size, HTTP_ANSWER_MAX);
	answer = get("overfull");
	assert_int_equal(answer.outcome, HTTP_FAILED);
	assert_int_equal(answer.size, 0);
}

static void a_late_answer_is_not_waited_for(void **state)
{
	struct http_site site = local_site(NULL);
	struct http_call call = call_of("late", 2000);
	unsigned n_before = loopback_n_requests(server, "/late");
	int64_t started_us = clock_monotonic_us();
	struct http_answer answer = get_from(&site, &call);

	(void)state;
	assert_int_equal(answer.outcome, HTTP_FAILED);
	assert_true(answer.is_late);
	assert_in_range(clock_monotonic_us() - started_us, 1900000, 30000000);
	assert_int_equal(loopback_n_requests(server, "/late"), n_before + 1);
}

static void a_cut_answer_is_none(void **state)
{
	unsigned n_before = loopback_n_requests(server, "/half");

	(void)state;
	assert_int_equal(get("silent").outcome, HTTP_FAILED);
	assert_false(get("silent").is_late);
	assert_int_equal(get("half").outcome, HTTP_FAILED);
	assert_int_equal(loopback_n_requests(server, "/half"), n_before + 1);
}

static void a_refused_connection_sent_nothing(void **state)
{
	struct http_site site = {
		.url = arena_printf(arena, "http://127.0.0.1:%d", loopback_free_port()),
		.connect_timeout_us = PATIENCE_US,
		.transfers = test_transfers,
	};
	struct http_call call = call_of("ok", PATIENCE_MS);

	(void)state;
	assert_int_equal(get_from(&site, &call).outcome, HTTP_UNSENT);
	site.url = "https://name.invalid";
	assert_int_equal(get_from(&site, &call).outcome, HTTP_UNSENT);
}

static void no_time_left_sends_nothing(void **state)
{
	struct http_site site = local_site(NULL);
	struct http_call call = call_of("ok", 0);
	unsigned n_before = loopback_n_requests(server, "/ok");

	(void)state;
	assert_int_equal(get_from(&site, &call).outcome, HTTP_UNSENT);
	assert_int_equal(loopback_n_requests(server, "/ok"), n_before);
}

/* Left alone, libcurl would send the request again on a fresh connection. */
static void a_dying_kept_connection_is_one_request(void **state)
{
	struct http_site site = local_site(NULL);
	struct http_client *client = http_client_new(&site);
	struct http_call call = call_of("kept", PATIENCE_MS);
	unsigned n_before = loopback_n_requests(server, "/silent");
	struct http_answer answer;

	(void)state;
	http_get(client, &call, &answer);
	assert_string_equal(last_body, "kept");
	call.path = "silent";
	http_get(client, &call, &answer);
	assert_int_equal(answer.outcome, HTTP_FAILED);
	assert_int_equal(loopback_n_requests(server, "/silent"), n_before + 1);
	call.path = "ok";
	http_get(client, &call, &answer);
	assert_string_equal(last_body, "fine");
	http_client_free(client);
}

static struct http_call post_of(const char *path, const char *body)
{
	struct http_call call = call_of(path, PATIENCE_MS);

	call.content_type = "application/json";
	call.body = body;
	call.size = strlen(body);
	return call;
}

static void a_post_carries_body_and_headers(void **state)
{
	static const struct http_param headers[] = {
		{"X-TC-Action", "SendSms"},
		{"Authorization", "secret"},
		{NULL, NULL},
	};
	struct http_site site = local_site(NULL);
	struct http_client *client = http_client_new(&site);
	struct http_call call = post_of("ok", "{\"a\": \"\xe4\xb8\xad\"}");
	struct http_answer answer;
	const char *sent;

	(void)state;
	call.headers = headers;
	http_post(client, &call, &answer);
	assert_string_equal(last_body, "fine");
	sent = loopback_last_headers(server);
	assert_string_equal(loopback_last_request(server), "POST /ok HTTP/1.1");
	assert_string_equal(loopback_last_body(server), call.body);
	assert_non_null(strstr(sent, "X-TC-Action: SendSms\r\n"));
	assert_non_null(strstr(sent, "Authorization: secret\r\n"));
	assert_non_null(strstr(sent, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(sent, "Content-Length: 12\r\n"));
	call = post_of("ok", "");
	http_post(client, &call, &answer);
	assert_string_equal(loopback_last_body(server), "");
	assert_null(strstr(loopback_last_headers(server), "X-TC-Action"));
	http_get(client, &call, &answer);
	assert_string_equal(loopback_last_request(server), "GET /ok HTTP/1.1");
	assert_null(strstr(loopback_last_headers(server), "Content-"));
	http_client_free(client);
}

static void a_post_is_sent_again_only_if_repeatable(void **state)
{
	struct http_site site = local_site(NULL);
	struct http_client *client = http_client_new(&site);
	struct http_call call = post_of("kept", "first");
	unsigned n_before = loopback_n_requests(server, "/silent");
	struct http_answer answer;

	(void)state;
	http_post(client, &call, &answer);
	assert_string_equal(last_body, "kept");
	call = post_of("silent", "second");
	http_post(client, &call, &answer);
	assert_int_equal(answer.outcome, HTTP_FAILED);
	assert_int_equal(loopback_n_requests(server, "/silent"), n_before + 1);
	call.is_repeatable = true;
	http_post(client, &call, &answer);
	assert_int_equal(answer.outcome, HTTP_FAILED);
	assert_int_equal(loopback_n_requests(server, "/silent"), n_before + 4);
	assert_string_equal(loopback_last_body(server), "second");
	http_client_free(client);
}

static void a_repeatable_call_takes_both_hosts_in_turn(void **state)
{
	struct http_site site = {
		.url = arena_printf(arena, "http://127.0.0.1:%d", loopback_free_port()),
		.second_url = loopback_url(server),
		.connect_timeout_us = PATIENCE_US,
		.transfers = test_transfers,
	};
	struct http_call call = call_of("ok", PATIENCE_MS);

	(void)state;
	assert_int_equal(get_from(&site, &call).outcome, HTTP_UNSENT);
	call.is_repeatable = true;
	assert_string_equal(get_from(&site, &call).body, "fine");
}

static void a_repeatable_call_is_tried_three_times(void **state)
{
	struct http_site site = local_site(NULL);
	struct http_call call = call_of("broken", PATIENCE_MS);
	unsigned n_before = loopback_n_requests(server, "/broken");

	(void)state;
	call.is_repeatable = true;
	assert_int_equal(get_from(&site, &call).status, 502);
	assert_int_equal(loopback_n_requests(server, "/broken"), n_before + 3);
	call = call_of("broken", 50);
	call.is_repeatable = true;
	get_from(&site, &call);
	assert_in_range(loopback_n_requests(server, "/broken"), n_before + 3, n_before + 4);
}

static struct breaker *breaker_of(struct breaker_table *breakers, const char *path)
{
	struct breaker_call call;

	assert_true(breaker_admit(breakers, "127.0.0.1", path, clock_monotonic_us(), &call));
	return call.breaker;
}

/* Opens it for a minute. */
static void open_breaker(struct breaker_table *breakers, const char *path)
{
	breaker_of(breakers, path)->blocked_us = clock_monotonic_us() + 60000000;
}

static void the_breaker_is_asked_and_told(void **state)
{
	static const struct {
		const char *path;
		enum call_outcome outcome;
	} bad[] = {
		{"broken", CALL_BAD_ANSWER},
		{"silent", CALL_FAILED},
		{"half", CALL_FAILED},
		{"missing", CALL_BAD_ANSWER},
	};
	struct breaker_table breakers = {0};
	struct breaker *ok = breaker_of(&breakers, "ok");
	struct http_site site = local_site(&breakers);
	struct http_client *client = http_client_new(&site);
	struct http_call call = call_of("ok", PATIENCE_MS);
	struct http_answer answer;
	unsigned n_before;

	(void)state;
	http_get(client, &call, &answer);
	assert_int_equal(ok->outcomes[CALL_OK], 1);
	assert_in_range(ok->took.sum_us, 0, PATIENCE_MS * 2000);
	for (size_t i = 0; i < N_OF(bad); i++) {
		const struct breaker *breaker = breaker_of(&breakers, bad[i].path);

		call.path = bad[i].path;
		http_get(client, &call, &answer);
		for (size_t outcome = 0; outcome < CALL_N_OUTCOMES; outcome++)
			assert_int_equal(
				breaker->outcomes[outcome], outcome == bad[i].outcome);
	}
	open_breaker(&breakers, "ok");
	call.path = "ok";
	n_before = loopback_n_requests(server, "/ok");
	http_get(client, &call, &answer);
	assert_int_equal(answer.outcome, HTTP_UNSENT);
	assert_int_equal(loopback_n_requests(server, "/ok"), n_before);
	assert_int_equal(ok->outcomes[CALL_OK], 1);
	assert_int_equal(ok->outcomes[CALL_BREAKER_OPEN], 1);
	http_client_free(client);
}

static void only_good_answers_of_a_site_that_says_so_are_noted(void **state)
{
	struct http_call calls[] = {call_of("ok", PATIENCE_MS), call_of("broken", PATIENCE_MS)};
	_Atomic int64_t success_us = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct http_site site = local_site(NULL);
		struct http_client *client;
		struct http_answer answer;

		if (i < 2)
			site.success_us = &success_us;
		client = http_client_new(&site);
		http_get(client, &calls[i % 2], &answer);
		http_client_free(client);
		assert_int_equal(success_us > 0, i == 0);
		success_us = 0;
	}
}

static void an_open_breaker_is_not_waited_for(void **state)
{
	struct breaker_table breakers = {0};
	struct http_site site = local_site(&breakers);
	struct http_client *client = http_client_new(&site);
	struct http_call call = call_of("ok", PATIENCE_MS);
	struct http_answer answer;
	int64_t started_us = clock_monotonic_us();

	(void)state;
	open_breaker(&breakers, "ok");
	call.is_repeatable = true;
	for (int i = 0; i < 40; i++)
		http_get(client, &call, &answer);
	assert_int_equal(answer.outcome, HTTP_UNSENT);
	assert_in_range(clock_monotonic_us() - started_us, 0, 6000000);
	http_client_free(client);
}

static void the_environments_proxy_is_not_used(void **state)
{
	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	assert_string_equal(get("ok").body, "fine");
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

static void only_https_goes_beyond_loopback(void **state)
{
	static const struct {
		const char *url;
		bool is_good;
	} cases[] = {
		{"https://api.weixin.qq.com", true},
		{"https://gateway.example/weixin/", true},
		{"http://127.0.0.1:8080", true},
		{"http://127.8.9.10", true},
		{"http://localhost", true},
		{"HTTP://LocalHost:8080", true},
		{"http://[::1]:80", true},
		{"http://api.weixin.qq.com", false},
		{"http://10.0.0.1", false},
		{"http://127.0.0.1.example.com", false},
		{"http://localhost@example.com", false},
		{"ftp://127.0.0.1", false},
		{"file:///etc/passwd", false},
		{"https://me:secret@api.weixin.qq.com", false},
		{"https://api.weixin.qq.com/?a=b", false},
		{"api.weixin.qq.com", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct http_site site = {.url = cases[i].url};
		struct http_client *client = http_client_new(&site);

		if ((client != NULL) != cases[i].is_good)
			fail_msg("%s", cases[i].url);
		if (client != NULL)
			http_client_free(client);
	}
}

static void assert_same(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a != NULL)
		assert_string_equal(a, b);
}

static void a_proxy_is_read(void **state)
{
	static const struct {
		const char *text, *address, *user, *password;
	} cases[] = {
		{NULL, NULL, NULL, NULL},
		{"", NULL, NULL, NULL},
		{"http://10.0.0.1:3128", "10.0.0.1:3128", NULL, NULL},
		{"HTTP://proxy.example:80/", "proxy.example:80", NULL, NULL},
		{"http://me:secret@proxy.example:8080", "proxy.example:8080", "me", "secret"},
		{"http://me@proxy.example:8080", "proxy.example:8080", "me", NULL},
		{"http://a%40b:c%3Ad%2F%23@p:1", "p:1", "a@b", "c:d/#"},
		{"http://me:s@[2001:db8::1]:3128", "[2001:db8::1]:3128", "me", "s"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct http_proxy proxy;

		assert_null(http_url_read_proxy(cases[i].text, &proxy));
		assert_same(proxy.address, cases[i].address);
		assert_same(proxy.user, cases[i].user);
		assert_same(proxy.password, cases[i].password);
		http_url_release_proxy(&proxy);
	}
}

static void what_is_no_proxy_is_refused(void **state)
{
	static const char *const cases[] = {
		"10.0.0.1:3128",
		"proxy.example",
		"http://proxy.example",
		"http://:3128",
		"https://proxy.example:3128",
		"socks5://proxy.example:1080",
		"http://proxy.example:3128/path",
		"http://proxy.example:3128/?a=b",
		"http://proxy.example:3128/#a",
		"http://proxy.example:99999",
		"http://me:secret@",
		"http://me:sec@ret@proxy.example:3128",
		"http://me:sec#ret@proxy.example:3128",
		"http://me:sec/ret@proxy.example:3128",
		"http://me:1#sec@proxy.example:3128",
		"http://me:1/sec@proxy.example:3128",
		"http://me:1?sec@proxy.example:3128",
		"http://me:secret%0d%0ax@proxy.example:3128",
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct http_site site = {
			.url = "https://api.weixin.qq.com",
			.proxy = cases[i],
		};
		const char *text;

		captured_log_begin();
		assert_null(http_client_new(&site));
		text = captured_log_end();
		assert_non_null(strstr(text, "http://user:password@host:port, with @"));
		assert_null(strstr(text, "sec"));
	}
}

/* A proxy could not reach the sandbox, or what stands in for WeChat in a test. */
static void loopback_needs_no_proxy(void **state)
{
	struct http_site site = local_site(NULL);
	struct http_call call = call_of("ok", PATIENCE_MS);

	(void)state;
	site.proxy = "http://127.0.0.1:1";
	assert_string_equal(get_from(&site, &call).body, "fine");
}

static bool can_connect(int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool can = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

	close(fd);
	return can;
}

/* The child ends with this process, also when an assertion ends that. */
static pid_t spawn(char *const *argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static pid_t start_tls_server(const char *directory, int port)
{
	int64_t deadline_us = clock_monotonic_us() + 60000000;
	char *certificate = arena_printf(arena, "%s/cert.pem", directory);
	char *key = arena_printf(arena, "%s/key.pem", directory);
	char *accept = arena_printf(arena, "127.0.0.1:%d", port);
	char *make[] = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
		"-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
		NULL};
	char *serve[] = {"openssl", "s_server", "-quiet", "-www", "-accept", accept, "-cert",
		certificate, "-key", key, NULL};
	pid_t pid;
	int status;

	waitpid(spawn(make), &status, 0);
	assert_int_equal(status, 0);
	pid = spawn(serve);
	while (!can_connect(port) && clock_monotonic_us() < deadline_us)
		usleep(10000);
	return pid;
}

static void a_certificate_is_verified(void **state)
{
	char directory[] = "/tmp/wxuser_tls_XXXXXX";
	struct http_call call = call_of("", PATIENCE_MS);
	struct http_site site = {.connect_timeout_us = PATIENCE_US};
	int port = loopback_free_port();
	pid_t pid;

	(void)state;
	transfers_free(test_transfers);
	site.transfers = test_transfers = transfers_new(1); /* of which no handshake has failed */
	assert_non_null(mkdtemp(directory));
	pid = start_tls_server(directory, port);
	site.url = arena_printf(arena, "https://localhost:%d", port);
	site.ca_file = arena_printf(arena, "%s/cert.pem", directory);
	assert_int_equal(get_from(&site, &call).outcome, HTTP_ANSWERED);
	assert_non_null(strstr(last_body, "New, TLS"));
	assert_int_equal(get_from(&site, &call).outcome, HTTP_ANSWERED);
	assert_non_null(strstr(last_body, "Reused, TLS"));
	site.ca_file = NULL;
	assert_int_equal(get_from(&site, &call).outcome, HTTP_UNSENT);
	site.ca_file = arena_printf(arena, "%s/cert.pem", directory);
	site.url = arena_printf(arena, "https://127.0.0.1:%d", port);
	assert_int_equal(get_from(&site, &call).outcome, HTTP_UNSENT);
	site.url = arena_printf(arena, "https://localhost:%d", port);
	assert_int_equal(get_from(&site, &call).outcome, HTTP_ANSWERED);
	assert_non_null(strstr(last_body, "New, TLS")); /* the session may be at fault */
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	unlink(arena_printf(arena, "%s/cert.pem", directory));
	unlink(arena_printf(arena, "%s/key.pem", directory));
	rmdir(directory);
}

static void a_directory_of_hashed_names_is_preferred(void **state)
{
	char directory[] = "/tmp/wxuser_authorities_XXXXXX";
	const struct authorities of_system = {"/etc/all.pem", directory};
	const char *certificate;

	(void)state;
	assert_non_null(mkdtemp(directory));
	certificate = arena_printf(arena, "%s/5ad8a5d6.0", directory);
	assert_string_equal(authorities_choose(&of_system).file, "/etc/all.pem");
	assert_null(authorities_choose(&of_system).directory);
	close(open(certificate, O_CREAT | O_WRONLY, 0600));
	assert_null(authorities_choose(&of_system).file);
	assert_string_equal(authorities_choose(&of_system).directory, directory);
	unlink(certificate);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_TWICE(an_answer_arrives_whole),
		TEST_TWICE(a_query_is_escaped),
		TEST_TWICE(a_secret_is_wiped_after_the_call),
		TEST_TWICE(an_answer_is_wiped_after_the_call),
		cmocka_unit_test(a_host_has_no_port_of_the_scheme),
		cmocka_unit_test(a_host_is_text),
		TEST_TWICE(a_redirect_is_not_followed),
		TEST_TWICE(an_answer_over_the_limit_is_none),
		TEST_TWICE(a_late_answer_is_not_waited_for),
		TEST_TWICE(a_cut_answer_is_none),
		TEST_TWICE(a_refused_connection_sent_nothing),
		TEST_TWICE(no_time_left_sends_nothing),
		TEST_TWICE(a_dying_kept_connection_is_one_request),
		TEST_TWICE(a_post_carries_body_and_headers),
		TEST_TWICE(a_post_is_sent_again_only_if_repeatable),
		TEST_TWICE(a_repeatable_call_takes_both_hosts_in_turn),
		TEST_TWICE(a_repeatable_call_is_tried_three_times),
		TEST_TWICE(the_breaker_is_asked_and_told),
		TEST_TWICE(only_good_answers_of_a_site_that_says_so_are_noted),
		TEST_TWICE(an_open_breaker_is_not_waited_for),
		TEST_TWICE(the_environments_proxy_is_not_used),
		cmocka_unit_test(only_https_goes_beyond_loopback),
		cmocka_unit_test(a_proxy_is_read),
		cmocka_unit_test(what_is_no_proxy_is_refused),
		TEST_TWICE(loopback_needs_no_proxy),
		TEST_TWICE(a_certificate_is_verified),
		cmocka_unit_test(a_directory_of_hashed_names_is_preferred),
	};

	return cmocka_run_group_tests_name("http_client", tests, start, stop);
}
