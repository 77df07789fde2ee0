#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "fcgi.h"
#include "heap.h"
#include "http_status.h"
#include "params.h"
#include "request.h"
#include "spool.h"

#define DISCARDED_FOR_US 100000
#define CHUNK_SIZE 8192
#define SEEN_MAX 16384
#define KEPT_CAPACITY_MAX (1024 * 1024)

struct fcgi {
	const struct conf *conf;
	struct timeval timeout;
	struct buf answer;
};

struct fcgi_connection {
	struct fcgi *fcgi;
	FCGX_Request request;
	struct spool spool;
	bool is_read_to_end;
};

struct fcgi *fcgi_new(const struct conf *conf)
{
	struct fcgi *fcgi = heap_new_of(struct fcgi);

	fcgi->conf = conf;
	fcgi->timeout.tv_sec = conf->server_io_timeout_ms / 1000;
	fcgi->timeout.tv_usec = conf->server_io_timeout_ms % 1000 * 1000;
	unsetenv("FCGI_WEB_SERVER_ADDRS"); /* only for connections that libfcgi accepts */
	FCGX_Init();
	return fcgi;
}

void fcgi_free(struct fcgi *fcgi)
{
	buf_release(&fcgi->answer);
	free(fcgi);
}

struct fcgi_connection *fcgi_accept(struct fcgi *fcgi, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return NULL;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &fcgi->timeout, sizeof(fcgi->timeout));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &fcgi->timeout, sizeof(fcgi->timeout));
	return fcgi_adopt(fcgi, fd, -1);
}

/* Lets libfcgi read and write there. */
static void fcgi_use(struct fcgi_connection *connection, int fd)
{
	connection->request.ipcFd = fd;
	/* So that FCGX_Free() neither waits nor shuts the socket down. */
	FCGX_Detach(&connection->request);
}

struct fcgi_connection *fcgi_adopt(struct fcgi *fcgi, int fd, int spool_fd)
{
	struct fcgi_connection *connection = heap_new_of(struct fcgi_connection);

	connection->fcgi = fcgi;
	spool_init(&connection->spool, (size_t)fcgi->conf->server_body_max);
	/* Not the listener: FCGX_Accept_r() would wait there when the peer of a kept connection
	 * has gone. */
	FCGX_InitRequest(&connection->request, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	fcgi_use(connection, fd);
	if (spool_fd >= 0)
		spool_load(&connection->spool, spool_fd);
	return connection;
}

int fcgi_fd(const struct fcgi_connection *connection)
{
	return connection->request.ipcFd;
}

/* What the hidden part of a stream begins with, in all versions of libfcgi. */
struct stream_memory {
	void *bytes;
	int size;
};

static void stream_wipe(const FCGX_Stream *stream)
{
	const struct stream_memory *memory = (const void *)stream->data;

	crypto_wipe(memory->bytes, (size_t)memory->size);
}

/* Parameters, body and answer hold codes and tokens. */
static void fcgi_wipe_request(const FCGX_Request *request)
{
	if (request->in == NULL)
		return;
	for (char **param = request->envp; *param != NULL; param++)
		crypto_wipe(*param, strlen(*param));
	stream_wipe(request->in);
	stream_wipe(request->out);
}

void fcgi_close(struct fcgi_connection *connection)
{
	fcgi_wipe_request(&connection->request);
	FCGX_Free(&connection->request, connection->request.ipcFd >= 0);
	spool_release(&connection->spool);
	free(connection);
}

bool fcgi_has_begun(const struct fcgi_connection *connection)
{
	return !spool_is_empty(&connection->spool);
}

bool fcgi_has_whole_request(struct fcgi_connection *connection)
{
	static char seen[SEEN_MAX];
	ssize_t size;
	bool is_whole;

	if (fcgi_has_begun(connection))
		return spool_read(&connection->spool, fcgi_fd(connection));
	size = recv(fcgi_fd(connection), seen, sizeof(seen), MSG_PEEK | MSG_DONTWAIT);
	if (size <= 0)
		return size == 0 || errno != EAGAIN;
	is_whole = spool_is_whole(seen, (size_t)size);
	crypto_wipe(seen, (size_t)size);
	return is_whole || spool_read(&connection->spool, fcgi_fd(connection));
}

bool fcgi_open_spool(const struct fcgi_connection *connection, int *spool_fd_r)
{
	bool has_begun = fcgi_has_begun(connection);

	*spool_fd_r = has_begun ? spool_open(&connection->spool) : -1;
	return *spool_fd_r >= 0 || !has_begun;
}

/* Reads the rest of the request, so that none of it is left in the connection. */
static bool fcgi_drain(FCGX_Stream *in)
{
	static char chunk[CHUNK_SIZE]; /* on the stack, it would be cleared */
	int drained = 0;
	int got;

	do {
		got = FCGX_GetStr(chunk, sizeof(chunk), in);
		drained += got;
	} while (got == sizeof(chunk) && drained < SPOOL_DROPPED_MAX);
	if (drained > 0)
		crypto_wipe(chunk, sizeof(chunk));
	return FCGX_HasSeenEOF(in) != 0 && FCGX_GetError(in) == 0;
}

/* Reads what is sent, whatever CONTENT_LENGTH says; that must agree with it. */
static void fcgi_read_body(
	struct fcgi_connection *connection, struct request *req, int64_t length, struct buf *body)
{
	FCGX_Stream *in = connection->request.in;
	size_t most = (size_t)req->conf->server_body_max;
	int got;

	buf_reset(body);
	connection->is_read_to_end = false;
	do {
		char *to = buf_reserve(body, CHUNK_SIZE);

		got = FCGX_GetStr(to, CHUNK_SIZE, in);
		body->size += (size_t)got;
	} while (got == CHUNK_SIZE && body->size <= most);
	connection->is_read_to_end = fcgi_drain(in);
	req->body_is_too_large = body->size > most || length > (int64_t)most ||
		spool_is_too_large(&connection->spool);
	req->body_is_incomplete = !connection->is_read_to_end || length == LENGTH_MALFORMED ||
		(length != LENGTH_ABSENT && (size_t)length != body->size);
	req->body.bytes = body->data;
	req->body.size = body->size;
}

static bool fcgi_read_request(
	struct fcgi_connection *connection, struct request *req, struct buf *body)
{
	FCGX_Request *request = &connection->request;
	int64_t length;

	request->keepConnection = 1; /* else FCGX_Accept_r() first closes what it is to read from */
	if (FCGX_Accept_r(request) < 0)
		return false;
	if (FCGX_GetError(request->in) != 0)
		return false;
	params_read(request->envp, req, &length);
	fcgi_read_body(connection, req, length, body);
	return true;
}

bool fcgi_receive(struct fcgi_connection *connection, struct request *req, struct buf *body)
{
	int fd = fcgi_fd(connection);
	int spool_fd;
	bool is_read;

	if (!fcgi_has_begun(connection))
		return fcgi_read_request(connection, req, body);
	spool_fd = spool_open(&connection->spool);
	if (spool_fd < 0)
		return false;
	fcgi_use(connection, spool_fd);
	is_read = fcgi_read_request(connection, req, body);
	if (fcgi_fd(connection) >= 0) /* else FCGX_Accept_r() has closed it */
		close(spool_fd);
	fcgi_use(connection, fd);
	spool_release(&connection->spool);
	return is_read;
}

static bool fcgi_has_body(const struct request *req)
{
	int status = req->response.status;

	return status >= 200 && status != 204 && status != 304;
}

static void fcgi_write_answer(const struct request *req, struct buf *answer)
{
	const struct response *response = &req->response;

	buf_reset(answer);
	buf_append_str(answer, "Status: ");
	buf_append_int(answer, response->status);
	buf_append_char(answer, ' ');
	buf_append_str(answer, http_status_reason(response->status));
	if (fcgi_has_body(req)) {
		if (response->content_type != NULL) {
			buf_append_str(answer, "\r\nContent-Type: ");
			buf_append_str(answer, response->content_type);
		}
		buf_append_str(answer, "\r\nContent-Length: ");
		buf_append_int(answer, (int64_t)response->body.size);
	}
	buf_append_str(answer, "\r\n");
	buf_append(answer, response->headers.data, response->headers.size);
	buf_append_str(answer, "\r\n");
	if (fcgi_has_body(req) && strcmp(req->method, "HEAD") != 0)
		buf_append(answer, response->body.data, response->body.size);
}

/* A client that still sends may not read its answer before that is read, for a while at least. */
static void fcgi_discard(const struct fcgi_connection *connection)
{
	const int64_t until_us = clock_monotonic_us() + DISCARDED_FOR_US;
	struct pollfd input = {.fd = fcgi_fd(connection), .events = POLLIN};
	static char chunk[CHUNK_SIZE];
	int64_t left_us;

	shutdown(input.fd, SHUT_WR);
	while ((left_us = until_us - clock_monotonic_us()) > 0 &&
		poll(&input, 1, (int)(left_us / 1000)) > 0 &&
		recv(input.fd, chunk, sizeof(chunk), MSG_DONTWAIT) > 0)
		continue;
	crypto_wipe(chunk, sizeof(chunk));
}

bool fcgi_answer(struct fcgi_connection *connection, struct request *req, bool is_kept)
{
	FCGX_Request *request = &connection->request;
	struct buf *answer = &connection->fcgi->answer;

	fcgi_write_answer(req, answer);
	FCGX_PutStr(answer->data, (int)answer->size, request->out);
	if (!is_kept && connection->is_read_to_end)
		request->keepConnection = 0;
	FCGX_FClose(request->err);
	FCGX_FClose(request->out); /* sends what is left */
	fcgi_wipe_request(request);
	FCGX_Finish_r(request);
	if (!connection->is_read_to_end && request->ipcFd >= 0)
		fcgi_discard(connection);
	buf_wipe(answer, KEPT_CAPACITY_MAX);
	return is_kept && connection->is_read_to_end && request->ipcFd >= 0;
}
