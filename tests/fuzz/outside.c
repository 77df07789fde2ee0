#include <ctype.h>

#include "heap.h"
#include "http_call.h"
#include "http_url.h"
#include "outside.h"
#include "transport.h"

struct transport {
	struct http_proxy proxy;
	char *body;
};

static struct fuzz_input *answers;
static unsigned n_asked;

void outside_answer(struct fuzz_input *input)
{
	answers = input;
	n_asked = 0;
}

unsigned outside_n_asked(void)
{
	return n_asked;
}

struct transport *transport_new(
	struct transfers *transfers, const char *ca_file, int64_t connect_timeout_us)
{
	(void)transfers, (void)ca_file, (void)connect_timeout_us;
	return heap_new_of(struct transport);
}

void transport_free(struct transport *transport)
{
	http_url_release_proxy(&transport->proxy);
	free(transport);
}

const char *transport_set_proxy(struct transport *transport, const char *url)
{
	return http_url_read_proxy(url, &transport->proxy);
}

const char *transport_proxy_to(const struct transport *transport, const struct http_server *server)
{
	(void)server;
	return transport->proxy.address;
}

int64_t transport_waited_us(const struct transport *transport)
{
	(void)transport;
	return 0;
}

/* What goes out is a request and no more. */
static void outside_check_call(const struct http_call *call)
{
	const struct http_param *header = call->headers;

	for (; header != NULL && header->name != NULL; header++)
		if (header->value != NULL && strpbrk(header->value, "\r\n") != NULL)
			BUG("a header of two lines: %s", header->value);
	for (const char *at = call->path; *at != '\0'; at++)
		if (!isgraph((unsigned char)*at))
			BUG("a path that is none: %s", call->path);
}

const char *transport_exchange(struct transport *transport, const struct http_server *server,
	enum http_method method, const struct http_call *call, struct http_answer *answer_r)
{
	static const int statuses[] = {
		200, 200, 200, 200, 201, 302, 400, 404, 429, 500, 503, 0, 999};
	const unsigned outcome = fuzz_take_below(answers, 16);
	const unsigned status = fuzz_take_below(answers, sizeof(statuses) / sizeof(statuses[0]));
	const struct fuzz_input body = fuzz_take_part(answers);

	(void)server, (void)method;
	n_asked++;
	outside_check_call(call);
	if (outcome == 14 || outcome == 15) {
		answer_r->outcome = outcome == 14 ? HTTP_UNSENT : HTTP_FAILED;
		answer_r->is_late = status % 2 == 0;
		return "the input says so";
	}
	transport->body = heap_alloc(body.size + 1);
	if (body.size > 0)
		memcpy(transport->body, body.bytes, body.size);
	*answer_r = (struct http_answer){
		.outcome = HTTP_ANSWERED,
		.status = statuses[status],
		.body = transport->body,
		.size = body.size,
	};
	return NULL;
}

void transport_wipe_answer(struct transport *transport)
{
	free(transport->body);
	transport->body = NULL;
}
