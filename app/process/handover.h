/*
 * How a worker that ends passes its open connections to workers that stay. A connection that the
 * web server believes open must not be closed while it is idle: the next request may be on its
 * way, and the web server does not repeat a POST. So the connection itself is passed, by
 * SCM_RIGHTS, with the bytes that have arrived on it meanwhile, and a file with those that were
 * already read.
 *
 * The workers of one master inherit both ends from it. Workers that lost their master find those of
 * the next one by a path, NAME.handover in the state directory, which is published as soon as those
 * serve. Only server.user may connect there.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

struct conf;

#define HANDOVER_PATH_SIZE 108 /* as sun_path */

/* The master makes it; all workers of a pool have both ends. */
struct handover {
	int in, out; /* -1: closed */
	char path[HANDOVER_PATH_SIZE];
};

/* name: of the file in the state directory. */
void handover_init(struct handover *handover, const struct conf *conf, const char *name);
/* Opens both ends and removes the path of an earlier master; handover_publish() makes the new one.
 * Returns -1 with errno if it cannot. */
int handover_open(struct handover *handover, const struct conf *conf);
void handover_publish(const struct handover *handover);
void handover_unlink(const struct handover *handover);
void handover_close(struct handover *handover);
/* Connects to the workers that currently serve at the path. Returns a descriptor for
 * handover_give(), -1 if there are none. */
int handover_find(const struct handover *handover);

struct handed {
	int fd;
	int spool_fd;    /* what was read of its next request (fcgi_open_spool()), -1: nothing */
	bool has_spoken; /* it has carried a request */
};

/* Passes copies of the descriptors, which stay the caller's. Returns false if the queue is full for
 * 100 ms, or if no worker is left. */
bool handover_give(int out, const struct handed *handed);
/* The descriptors are the caller's. Returns false if another worker has taken the connection. */
bool handover_take(const struct handover *handover, struct handed *handed_r);

#endif
