/*
 * The URLs of a configuration, read and written. A server's is https://host or https://host/prefix,
 * where http:// is for loopback alone. An HTTP proxy's is http://host:port or
 * http://user:password@host:port, with %XX for what a URL cannot hold.
 */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include <stdbool.h>

struct buf;

struct http_server {
	const char *url;
	const char *scheme; /* the only one allowed in its URLs */
	char *host;
};

struct http_proxy {
	char *address;         /* "host:port", all that is for others to see; NULL: no proxy */
	char *user, *password; /* decoded; NULL: none */
};

/* Both return NULL, or the problem in words that do not contain the text. The caller releases what
 * was read in either case. A server's text must outlive it; a proxy's is NULL or "" for none. */
const char *http_url_read_server(const char *text, struct http_server *server_r);
const char *http_url_read_proxy(const char *text, struct http_proxy *proxy_r);
void http_url_release_server(struct http_server *server);
void http_url_release_proxy(struct http_proxy *proxy);

/* A parameter whose value is NULL is left out. A list ends with a NULL name. */
struct http_param {
	const char *name, *value;
};

/* Appends name=value&…, encoded, for a query or a form. */
void http_url_append_params(struct buf *out, const struct http_param *params);
/* Appends the header Host for a server's URL: in lower case, with the port unless it is the
 * scheme's own. */
void http_url_append_host(struct buf *out, const char *url);
/* Returns whether host is "localhost", in 127.0.0.0/8 or ::1, in brackets or not; NULL is not. */
bool http_url_is_loopback(const char *host);

#endif
