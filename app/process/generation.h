/*
 * A configuration as it was read at one time, the log that it names, and what the service made of
 * it for all workers. A worker is forked with one generation and keeps it to its end.
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
	struct log *log;   /* open, but see log_use(); NULL: put by */
	void *shared;      /* what service->open() made */
};

/* Reads the configuration at path (NULL: defaults and environment alone) and opens its log.
 * Returns -1 and logs the reason if it cannot; then there is no generation. */
int generation_read(struct generation *generation, const char *path);
/* Lets the service read keys and ask the database, as server.user. replaces: another generation
 * serves until this one does. Returns -1 and logs the reason if the service refuses; then there is
 * no generation any more. */
int generation_open(struct generation *generation, const struct service *service, bool replaces);
/* Closes the log, which may be rotated and removed while another generation serves. */
void generation_close_log(struct generation *generation);
/* Opens the log again. Returns -1 and logs the reason if it cannot. */
int generation_open_log(struct generation *generation);
/* Also if there is none. */
void generation_close(struct generation *generation, const struct service *service);

#endif
