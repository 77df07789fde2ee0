/*
 * A scripted HTTP server on 127.0.0.1, in processes of its own. Each path plays its scene and
 * counts its requests. A request may have up to 8 KiB.
 */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include <stdbool.h>

struct loopback;

struct scene {
	const char *path;
	const char *reply; /* head and body as they go on the wire; NULL: hangs up at once */
	unsigned n_chunks; /* of LOOPBACK_CHUNK_SIZE bytes, after the head of a chunked reply */
	int pause_ms;      /* before the reply */
	bool is_kept;      /* the connection stays open after it */
};

#define SCENE(at, says, ...)                                                                    \
	{                                                                                       \
		.path = (at), .reply = (says), __VA_ARGS__                                      \
	}
#define SCENES_END                                                                              \
	{                                                                                       \
		.path = NULL                                                                    \
	}

#define LOOPBACK_CHUNK_SIZE 1024
/* A reply as Tencent's servers send it: the body ends with the connection. */
#define LOOPBACK_TEXT(body) "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" body

/* scenes ends with SCENES_END. loopback_stop() stops the server and frees it. */
struct loopback *loopback_start(const struct scene *scenes);
void loopback_stop(struct loopback *loopback);
/* Returns "http://127.0.0.1:PORT". */
const char *loopback_url(const struct loopback *loopback);
/* Returns how many connections it has accepted. */
unsigned loopback_n_connections(const struct loopback *loopback);
unsigned loopback_n_requests(const struct loopback *loopback, const char *path);
/* Return the last request's first line, its other lines, each with CRLF, and its body. */
const char *loopback_last_request(const struct loopback *loopback);
const char *loopback_last_headers(const struct loopback *loopback);
const char *loopback_last_body(const struct loopback *loopback);

/* Returns a port on which nobody listens. It stays bound, so that nobody else gets it. */
int loopback_free_port(void);

#endif
