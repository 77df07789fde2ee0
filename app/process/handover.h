/*
 * How a worker that ends passes its open connections to those that stay. A connection that the web
 * server believes open must not be closed while it is idle: the next request may be on its way,
 * and a POST is not repeated. So it changes hands, and what was sent meanwhile waits in it.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

/* Made by the master; all workers of a pool have both ends. */
struct handover {
	int in, out; /* -1: there is nobody to hand over to */
};

/* -1: errno. */
int handover_open(struct handover *handover);
void handover_close(struct handover *handover);

/* fd stays the caller's, too. has_spoken: it has carried a request. false: nobody has room. */
bool handover_give(const struct handover *handover, int fd, bool has_spoken);
/* -1: another worker was faster. */
int handover_take(const struct handover *handover, bool *has_spoken_r);

#endif
