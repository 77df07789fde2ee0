/*
 * How a worker that ends passes its open connections to those that stay. A connection that the web
 * server believes open must not be closed while it is idle: the next request may be on its way,
 * and a POST is not repeated. So it changes hands, and what was sent meanwhile waits in it.
 *
 * Siblings have both ends from their master. Workers that lost theirs find those of the next by
 * the path, which is there as soon as these serve; only the service's user may write there.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

struct conf;

#define HANDOVER_PATH_SIZE 108 /* as sun_path */

/* Made by the master; all workers of a pool have both ends. */
struct handover {
	int in, out; /* -1: there is nobody to hand over to */
	char path[HANDOVER_PATH_SIZE];
};

/* name: of the file in the state directory. */
void handover_init(struct handover *handover, const struct conf *conf, const char *name);
/* Nobody finds it yet, nor who had the path before. -1: errno. */
int handover_open(struct handover *handover, const struct conf *conf);
void handover_publish(const struct handover *handover);
/* Removes the path. */
void handover_unlink(const struct handover *handover);
void handover_close(struct handover *handover);
/* The end to give to of who has published the path now; -1: nobody. */
int handover_find(const struct handover *handover);

/* fd stays the caller's, too. has_spoken: it has carried a request. false: nobody has room. */
bool handover_give(int out, int fd, bool has_spoken);
/* -1: another worker was faster. */
int handover_take(const struct handover *handover, bool *has_spoken_r);

#endif
