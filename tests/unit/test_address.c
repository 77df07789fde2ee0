#include "unit.h"

#include "address.h"
#include "conf.h"
#include "proxy_sign.h"
#include "request.h"
#include "scratch.h"

struct way {
	const char *peer, *forwarded_for;
	char *sign; /* a parameter of the web server's */
	const char *trusted;
	bool is_operators; /* in ops.networks, 127.0.0.0/8 and 10.1.2.0/24 */
	bool stays_on_host;
};

static struct conf *conf;

static int set_up(void **state)
{
	char error[256];

	conf = conf_load(NULL, error, sizeof(error));
	assert_non_null(conf);
	conf->ops_networks = "127.0.0.0/8, 10.1.2.0/24";
	return scratch_set_up(state);
}

static int tear_down(void **state)
{
	conf_free(conf);
	return scratch_tear_down(state);
}

static void nobody_is_let_in_through_an_unknown_proxy(void **state)
{
	static const struct way ways[] = {
		{"127.0.0.1", .is_operators = true, .stays_on_host = true},
		{"10.1.2.3", .is_operators = true},
		{"192.0.2.1"},
		{NULL},
		{"127.0.0.1", "192.0.2.1"},
		{"127.0.0.1", "127.0.0.1", .stays_on_host = true},
		{"127.0.0.1", "127.0.0.1, 192.0.2.1"},
		{"127.0.0.1", "192.0.2.1, 127.0.0.1"},
		{"127.0.0.1", ","},
		{"127.0.0.1", .sign = "HTTP_FORWARDED=for=192.0.2.1"},
		{"127.0.0.1", "127.0.0.1", .sign = "HTTP_X_REAL_IP=192.0.2.1"},
		{"10.1.2.3", .sign = "HTTP_VIA=1.1 x"},
		{"127.0.0.1", .sign = "SERVER_PROTOCOL=HTTP/1.0"},
		{"127.0.0.1", .sign = "REQUEST_LINE=GET /metrics HTTP/1.0"},
		{"127.0.0.1", .sign = "SERVER_PROTOCOL=HTTP/1.1", .is_operators = true,
			.stays_on_host = true},
		{"127.0.0.1", .sign = "REQUEST_LINE=GET /metrics HTTP/2.0", .is_operators = true,
			.stays_on_host = true},
		{"127.0.0.1", .sign = "REQUEST_LINE=GET", .is_operators = true,
			.stays_on_host = true},
		{"127.0.0.1", .sign = "HTTP_X=HTTP/1.0", .is_operators = true,
			.stays_on_host = true},
		/* A trusted one tells whose request it is; what else it adds says nothing more. */
		{"192.0.2.9", "10.1.2.3", NULL, "192.0.2.9", .is_operators = true},
		{"192.0.2.9", "10.1.2.3", "HTTP_VIA=1.1 x", "192.0.2.9", .is_operators = true},
		{"192.0.2.9", "192.0.2.1", NULL, "192.0.2.9"},
		{"192.0.2.9", NULL, NULL, "192.0.2.9"},
		{"127.0.0.1", NULL, NULL, "127.0.0.1", .stays_on_host = true},
		{"127.0.0.1", "10.1.2.3", NULL, "127.0.0.1", .is_operators = true},
		{"192.0.2.9", "10.1.2.3, 192.0.2.8", NULL, "192.0.2.9, 192.0.2.8",
			.is_operators = true},
		/* Whom it names forwards for somebody else. */
		{"192.0.2.9", "192.0.2.1, 10.1.2.3", NULL, "192.0.2.9"},
		{"192.0.2.9", "unknown, 10.1.2.3", NULL, "192.0.2.9"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(ways); i++) {
		const struct request req = {
			.arena = arena,
			.conf = conf,
			.remote_addr = ways[i].peer,
			.forwarded_for = ways[i].forwarded_for,
			.environment = (char *const[]){ways[i].sign, NULL},
		};

		conf->http_trusted_proxies = ways[i].trusted == NULL ? "" : ways[i].trusted;
		if (address_is_operators(&req) != ways[i].is_operators ||
			address_stays_on_host(&req) != ways[i].stays_on_host)
			fail_msg("way %zu", i);
	}
}

/* By what the manuals of these programs and services say. */
static void what_proxies_add_is_known(void **state)
{
	static char *const signs[] = {
		/* Apache, Caddy, Traefik, HAProxy, nginx as most configure it */
		"HTTP_X_FORWARDED_HOST=x", "HTTP_X_FORWARDED_SERVER=x", "HTTP_X_FORWARDED_PROTO=x",
		"HTTP_X_FORWARDED_PORT=x", "HTTP_X_REAL_IP=x", "HTTP_FORWARDED=x", "HTTP_VIA=x",
		/* Cloudflare */
		"HTTP_CF_CONNECTING_IP=x", "HTTP_CF_RAY=x", "HTTP_CF_VISITOR=x", "HTTP_CDN_LOOP=x",
		"HTTP_TRUE_CLIENT_IP=x",
		/* Aliyun */
		"HTTP_ALI_CDN_REAL_IP=x", "HTTP_X_CLIENT_SCHEME=x", "HTTP_EAGLEEYE_TRACEID=x",
		"HTTP_SLB_ID=x", "HTTP_SLB_IP=x", "HTTP_ALB_ID=x", "HTTP_WL_PROXY_CLIENT_IP=x",
		/* Tencent */
		"HTTP_X_CLIENT_PROTO=x", "HTTP_X_STGW_TIME=x", "HTTP_X_FORWARD_PORT=x",
		"HTTP_X_NWS_LOG_UUID=x", "HTTP_X_TENCENT_UA=x", "HTTP_EO_CONNECTING_IP=x",
		/* Huawei, AWS, Akamai, Fastly, Azure, Google, Envoy, Varnish */
		"HTTP_X_FORWARDED_ELB_IP=x", "HTTP_CDN_SRC_IP=x", "HTTP_X_AMZN_TRACE_ID=x",
		"HTTP_X_AMZ_CF_ID=x", "HTTP_CLOUDFRONT_VIEWER_ADDRESS=x",
		"HTTP_AKAMAI_ORIGIN_HOP=x", "HTTP_FASTLY_CLIENT_IP=x", "HTTP_X_AZURE_CLIENTIP=x",
		"HTTP_X_ARR_LOG_ID=x", "HTTP_X_CLOUD_TRACE_CONTEXT=x",
		"HTTP_X_ENVOY_EXTERNAL_ADDRESS=x", "HTTP_X_VARNISH=x",
		"HTTP_X_ORIGINAL_FORWARDED_FOR=x", "HTTP_X_CLUSTER_CLIENT_IP=x",
		"HTTP_CLIENT_IP=x", "HTTP_FORWARDED_FOR=x", "HTTP_PROXY_CLIENT_IP=x",
	};
	static char *const others[] = {"HTTP_HOST=x", "HTTP_ACCEPT=x", "HTTP_USER_AGENT=x",
		"HTTP_X_WX_APPID=x", "HTTP_X_REQUEST_ID=x", "HTTP_VIABLE=x", "HTTP_VIA=",
		"HTTP_X_FORWARDED_HOST=", "HTTP_PROXY=x", "VIA=x", "HTTP_COOKIE=Via=x",
		"HTTP_X_FORWARDED_FOR=x", "HTTP_VIA"};

	(void)state;
	for (size_t i = 0; i < N_OF(signs); i++) {
		const struct request req = {
			.environment = (char *const[]){"HTTP_HOST=h", signs[i], NULL}};

		if (!proxy_sign_in_headers(&req))
			fail_msg("%s", signs[i]);
	}
	for (size_t i = 0; i < N_OF(others); i++) {
		const struct request req = {.environment = (char *const[]){others[i], NULL}};

		if (proxy_sign_in_headers(&req))
			fail_msg("%s", others[i]);
	}
}

static void a_key_is_not_for_an_unknown_proxy_of_the_host(void **state)
{
	static const struct {
		const char *networks, *peer, *forwarded_for;
		char *sign;
		bool is_for;
	} cases[] = {
		{"", "127.0.0.1", NULL, "HTTP_VIA=x", true},
		{"127.0.0.1", "127.0.0.1", NULL, NULL, true},
		{"127.0.0.1", "127.0.0.1", NULL, "HTTP_VIA=x", false},
		{"127.0.0.1", "127.0.0.1", "192.0.2.1", NULL, false},
		{"192.0.2.1", "192.0.2.1", NULL, "HTTP_VIA=x", true},
		{"192.0.2.1", "192.0.2.1", "198.51.100.1", NULL, true},
		{"192.0.2.1", "127.0.0.1", "192.0.2.1", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct request req = {
			.arena = arena,
			.conf = conf,
			.remote_addr = cases[i].peer,
			.forwarded_for = cases[i].forwarded_for,
			.environment = (char *const[]){cases[i].sign, NULL},
			.principal.networks = cases[i].networks,
		};

		if (address_is_of_key(&req) != cases[i].is_for)
			fail_msg("case %zu", i);
	}
}

int main(void)
{
#define ADDRESS_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ADDRESS_TEST(nobody_is_let_in_through_an_unknown_proxy),
		ADDRESS_TEST(what_proxies_add_is_known),
		ADDRESS_TEST(a_key_is_not_for_an_unknown_proxy_of_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
