/*
 * FastCGI connections, over libfcgi, which only this file uses.
 *
 * libfcgi neither limits the time it waits nor repeats a system call that a signal interrupted. It
 * takes a request whose parameters broke off for a complete one, and it leaves an unread body in a
 * kept connection, where it reads it as the next request. So connections are accepted here and have
 * time-outs, signals must be blocked while these functions run, a broken request is never
 * delivered, and a connection is kept only after its request was read to the end and answered
 * without an error.
 */
#ifndef FCGI_H
#define FCGI_H

#include <stdbool.h>

struct buf;
struct conf;
struct fcgi;
struct fcgi_connection;
struct request;

/* To be called after the worker's signal handlers are set: libfcgi takes SIGPIPE and SIGUSR1 if
 * nobody has. conf must outlive it. */
struct fcgi *fcgi_new(const struct conf *conf);
void fcgi_free(struct fcgi *fcgi);

/* Accepts a connection from the non-blocking listener. Returns NULL with errno if there is none. */
struct fcgi_connection *fcgi_accept(struct fcgi *fcgi, int listener);
/* Takes over a connection that fcgi_accept() accepted in another process; fd is its own now. */
struct fcgi_connection *fcgi_adopt(struct fcgi *fcgi, int fd);
int fcgi_fd(const struct fcgi_connection *connection);
void fcgi_close(struct fcgi_connection *connection);

/* Whether fcgi_receive() would not wait: the next request has come to its end, or none will. A
 * request of more than 128 kB counts as too large from then on. Takes nothing from the
 * connection. */
bool fcgi_has_whole_request(struct fcgi_connection *connection);
/* Reads the next request, and its body into the buffer. req->arena and req->conf must be set.
 * Returns false if there is none; the connection can then only be closed. */
bool fcgi_receive(struct fcgi_connection *connection, struct request *req, struct buf *body);
/* Sends req->response. Returns whether the connection can carry another request, never without
 * is_kept. */
bool fcgi_answer(struct fcgi_connection *connection, struct request *req, bool is_kept);

#endif
