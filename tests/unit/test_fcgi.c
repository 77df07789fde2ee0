#include "unit.h"

#include <fastcgi.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "conf.h"
#include "fcgi.h"
#include "in_heap.h"
#include "request.h"

#define BODY_MAX 100000

static const struct conf conf = {.server_io_timeout_ms = 60000, .server_body_max = BODY_MAX};

/* A record of the only request. */
static void add(struct buf *sent, unsigned char type, const char *content, size_t size)
{
	const FCGI_Header header = {
		.version = FCGI_VERSION_1,
		.type = type,
		.requestIdB0 = 1,
		.contentLengthB1 = (unsigned char)(size >> 8),
		.contentLengthB0 = (unsigned char)size,
	};

	buf_append(sent, &header, sizeof(header));
	buf_append(sent, content, size);
}

static void send_request(int fd, size_t body_size)
{
	static const char params[] = "\x12\x10HTTP_AUTHORIZATIONBearer OfACaller"
				     "\x0e\x04REQUEST_METHODPOST";
	struct buf sent = {0}, body = {0};

	while (body.size < body_size)
		buf_append_str(&body, "OfTheBody");
	add(&sent, FCGI_BEGIN_REQUEST, "\0\1\1\0\0\0\0\0", 8);
	add(&sent, FCGI_PARAMS, params, sizeof(params) - 1);
	add(&sent, FCGI_PARAMS, NULL, 0);
	add(&sent, FCGI_STDIN, body.data, body.size);
	add(&sent, FCGI_STDIN, NULL, 0);
	assert_int_equal(write(fd, sent.data, sent.size), sent.size);
	buf_wipe(&sent, 0);
	buf_wipe(&body, 0);
}

static void answer_request(struct fcgi_connection *connection, struct arena *arena)
{
	struct request req = {.arena = arena, .conf = &conf};
	struct buf body = {0};

	assert_true(fcgi_receive(connection, &req, &body));
	assert_string_equal(req.authorization, "Bearer OfACaller");
	response_set(&req, 200, "text/plain");
	while (req.response.body.size < body.size)
		buf_append_str(&req.response.body, "OfTheAnswer");
	assert_true(fcgi_answer(connection, &req, true));
	buf_wipe(&body, 0);
	buf_wipe(&req.response.body, 0);
	buf_wipe(&req.response.headers, 0);
	arena_reset(arena);
}

static void a_request_is_wiped_after_its_answer(void **state)
{
	static const size_t sizes[] = {9, 60000};
	struct arena *arena = arena_new(1024 * 1024);
	struct fcgi *fcgi = fcgi_new(&conf);
	struct fcgi_connection *connection;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	connection = fcgi_adopt(fcgi, ends[1], -1);
	for (size_t i = 0; i < N_OF(sizes); i++) {
		send_request(ends[0], sizes[i]);
		answer_request(connection, arena);
		assert_int_equal(n_in_heap("OfACaller"), 0);
		assert_int_equal(n_in_heap("OfTheBody"), 0);
		assert_int_equal(n_in_heap("OfTheAnswer"), 0);
	}
	fcgi_close(connection);
	fcgi_free(fcgi);
	arena_free(arena);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_wiped_after_its_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
