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
/* Takes over a connection that fcgi_accept() accepted in another process. spool_fd: of
 * fcgi_open_spool() there, -1: none. Both descriptors are its own now. */
struct fcgi_connection *fcgi_adopt(struct fcgi *fcgi, int fd, int spool_fd);
int fcgi_fd(const struct fcgi_connection *connection);
void fcgi_close(struct fcgi_connection *connection);

/* Whether fcgi_receive() would not wait: the next request has come to its end, or none will. Reads
 * what is there of a request whose end is not. Never waits. */
bool fcgi_has_whole_request(struct fcgi_connection *connection);
/* Whether it has read a part of a request. */
bool fcgi_has_begun(const struct fcgi_connection *connection);
/* Opens that part, for fcgi_adopt() and to be closed by the caller; *spool_fd_r is -1 if there is
 * none. Returns false if it cannot; the failure is logged. */
bool fcgi_open_spool(const struct fcgi_connection *connection, int *spool_fd_r);
/* Reads the next request, and its body into the buffer. req->arena and req->conf must be set.
 * Returns false if there is none; the connection can then only be closed. */
bool fcgi_receive(struct fcgi_connection *connection, struct request *req, struct buf *body);
/* Sends req->response. Returns whether the connection can carry another request, never without
 * is_kept. */
bool fcgi_answer(struct fcgi_connection *connection, struct request *req, bool is_kept);

#endif
