/*
 * FastCGI connections, over libfcgi, which only this file knows.
 *
 * libfcgi neither limits the time it waits nor repeats what a signal interrupted, takes a request
 * whose parameters broke off for a good one, and leaves an unread body in a kept connection, where
 * it reads it as the next request. So: every connection is accepted here and has time-outs,
 * signals must be blocked while these functions run, a broken request is never delivered, and a
 * connection stays open only after its request was read to the end and answered without an error.
 */
#ifndef FCGI_H
#define FCGI_H

#include <stdbool.h>

struct conf;
struct fcgi;
struct fcgi_connection;
struct request;

/* In a worker, after its signal handlers: libfcgi takes the signals that nobody wants. */
struct fcgi *fcgi_new(const struct conf *conf);
void fcgi_free(struct fcgi *fcgi);

/* The next connection that waits on the non-blocking listener. NULL: errno. */
struct fcgi_connection *fcgi_accept(struct fcgi *fcgi, int listener);
/* A connection that another process has accepted in this way. */
struct fcgi_connection *fcgi_adopt(struct fcgi *fcgi, int fd);
int fcgi_fd(const struct fcgi_connection *connection);
void fcgi_close(struct fcgi_connection *connection);

/* Reads the next request. req->arena and req->conf are set; the body is valid until the next
 * call. false: there is none and the connection is spent. */
bool fcgi_receive(struct fcgi_connection *connection, struct request *req);
/* Sends req->response. false: the connection is spent, which it always is without may_stay. */
bool fcgi_answer(struct fcgi_connection *connection, struct request *req, bool may_stay);

#endif
