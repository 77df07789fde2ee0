/*
 * A scripted HTTP server on 127.0.0.1, in processes of its own: each path plays its scene and
 * counts its requests. Requests of up to 8 KiB.
 */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include <stdbool.h>

struct loopback;

struct scene {
	const char *path;
	const char *reply; /* head and body as they go on the wire; NULL: hangs up without a word */
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
/* As Tencent's servers say it; the connection's end is the body's. */
#define LOOPBACK_TEXT(body) "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" body

/* scenes ends with SCENES_END; stopped and freed by loopback_stop(). */
struct loopback *loopback_start(const struct scene *scenes);
void loopback_stop(struct loopback *loopback);
/* "http://127.0.0.1:PORT" */
const char *loopback_url(const struct loopback *loopback);
unsigned loopback_n_requests(const struct loopback *loopback, const char *path);
/* The last request's first line; its other lines, each with CRLF; its body. */
const char *loopback_last_request(const struct loopback *loopback);
const char *loopback_last_headers(const struct loopback *loopback);
const char *loopback_last_body(const struct loopback *loopback);

/* A port on which nobody listens; the socket stays, so that it is given to nobody else. */
int loopback_free_port(void);

#endif
