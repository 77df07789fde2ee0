/*
 * The URLs of a configuration: a server's, https://host or https://host/prefix, where http:// is
 * for loopback alone, and an HTTP proxy's, http://host:port or http://user:password@host:port with
 * %XX for what a URL cannot hold.
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

/* Each: NULL, or what is wrong, without the text, which must outlive a server. The caller releases
 * what is read, whatever comes of it. */
const char *http_url_read_server(const char *text, struct http_server *server_r);
/* text: NULL or "" for none. */
const char *http_url_read_proxy(const char *text, struct http_proxy *proxy_r);
void http_url_release_server(struct http_server *server);
void http_url_release_proxy(struct http_proxy *proxy);

/* The header Host for a server's URL: in lower case, with its port unless it is the scheme's own.
 */
void http_url_append_host(struct buf *out, const char *url);
/* "localhost", 127.0.0.0/8 or ::1, in brackets or not; NULL is not. */
bool http_url_is_loopback(const char *host);

#endif
