/*
 * HTTP over libcurl, which only this module, transfers.c and http_url.c know; one exchange at a
 * time, while other transports of the process have theirs. A request is sent once at most:
 * when a kept connection dies without a byte of an answer, libcurl would silently send the request
 * again on another, and spend a login code twice. From libcurl 7.80 on the second time is refused;
 * before, no connection is kept.
 */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <stdint.h>

struct http_answer;
struct http_call;
struct http_server;
struct transfers;
struct transport;

enum http_method { HTTP_GET, HTTP_POST };

/* ca_file NULL or "": the system's authorities. It and transfers must outlive the transport. */
struct transport *transport_new(
	struct transfers *transfers, const char *ca_file, int64_t connect_timeout_us);
void transport_free(struct transport *transport);
/* Returns NULL, or the problem of the proxy's URL. url NULL or "": no proxy. */
const char *transport_set_proxy(struct transport *transport, const char *url);
/* Returns the "host:port" of the proxy through which the server is called, or NULL. */
const char *transport_proxy_to(const struct transport *transport, const struct http_server *server);

/* Returns NULL if a whole answer came, else the error, valid until the next exchange.
 * transport_wipe_answer() must follow. */
const char *transport_exchange(struct transport *transport, const struct http_server *server,
	enum http_method method, const struct http_call *call, struct http_answer *answer_r);
/* Wipes what has come, whole or not. */
void transport_wipe_answer(struct transport *transport);
/* Returns the time that all exchanges so far have taken. */
int64_t transport_waited_us(const struct transport *transport);

#endif
