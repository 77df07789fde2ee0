/*
 * A configuration as it was read at one time, and what the service has made of it for all
 * workers. Workers are forked with the one that is theirs and keep it to their end.
 */
#ifndef GENERATION_H
#define GENERATION_H

struct conf;
struct service;

struct generation {
	unsigned number;
	struct conf *conf; /* NULL: there is none */
	void *shared;      /* the service's */
};

/* Reads path (NULL: defaults and environment alone), opens the log it names and lets the service
 * look at it. -1: logged why; the log may be another. */
int generation_open(
	struct generation *generation, const struct service *service, const char *path);
void generation_close(struct generation *generation, const struct service *service);
/* Goes back to the log of this one. */
void generation_restore_log(const struct generation *generation);

#endif
