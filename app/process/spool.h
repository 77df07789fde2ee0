/*
 * What has come of a FastCGI request whose end has not. A socket holds less than a request may
 * have, and a web server that has filled it waits until something is read. So the records are read
 * without waiting and kept here, until libfcgi reads them from a file of their own.
 *
 * What is kept is at most the body_max of spool_init() for the body, 128 kB for the rest, and one
 * record that has not all come: padding is left out, and the records of a stream are joined. Of a
 * larger body the rest is read but not kept; after another SPOOL_DROPPED_MAX it counts as all.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include "buf.h"

#define SPOOL_DROPPED_MAX (4 * 1024 * 1024)

struct spool {
	struct buf records; /* whole ones, and the beginning of the next */
	size_t whole_size;  /* of the whole ones */
	size_t last;        /* where the last whole one begins */
	size_t body_max;
	size_t body_size; /* of what has come */
	bool is_ended;
};

/* Whether the records hold a request to its end. */
bool spool_is_whole(const void *records, size_t size);

void spool_init(struct spool *spool, size_t body_max);
/* Empties it. */
void spool_release(struct spool *spool);
bool spool_is_empty(const struct spool *spool);
/* Whether more has come of the body than body_max. */
bool spool_is_too_large(const struct spool *spool);

/* Reads some of what is in the socket. Returns whether no more is needed: the request has come to
 * its end, or it is none, or the peer has gone. */
bool spool_read(struct spool *spool, int socket);
/* Returns a file with the records that can only be read, to be closed by the caller, or -1; the
 * failure is logged. */
int spool_open(const struct spool *spool);
/* Reads what spool_open() has returned in another process, and closes it. */
void spool_load(struct spool *spool, int fd);

#endif
