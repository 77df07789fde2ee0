/*
 * A configuration as it was read at one time, the log it names, and what the service has made of
 * it for all workers. Workers are forked with the one that is theirs and keep it to their end.
 */
#ifndef GENERATION_H
#define GENERATION_H

#include <stdbool.h>

struct conf;
struct log;
struct service;

struct generation {
	unsigned number;
	struct conf *conf; /* NULL: there is none */
	struct log *log;   /* open, but not in use by that; NULL: put by */
	void *shared;      /* the service's */
};

/* Reads path (NULL: defaults and environment alone) and opens the log. -1: logged why, and there
 * is none. */
int generation_read(struct generation *generation, const char *path);
/* Lets the service look at what was read, as the user who will read it again and whom the database
 * may know. replaces: another one serves until then. -1: logged why, and there is none any
 * more. */
int generation_open(
	struct generation *generation, const struct service *service, bool replaces);
/* To be kept while another one serves: without its log, which may be rotated and removed. */
void generation_put_by(struct generation *generation);
/* -1: logged why there is no log. */
int generation_take_up(struct generation *generation);
/* Also when there is none. */
void generation_close(struct generation *generation, const struct service *service);

#endif
