/*
 * Maintenance: the dialects answer that the service is down. It is on for this host while there is
 * a flag file in its state directory, which works without the database, and for all hosts while a
 * row of the database says so. Each worker heeds a change within a second.
 */
#ifndef MAINTENANCE_H
#define MAINTENANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

struct conf;

/* What a worker has seen; all zero at first. */
struct maintenance_watch {
	bool is_on, is_everywhere;
	int64_t seen_us;
};

/* Looks at most once a second, and asks the database only when there is no flag file. While that
 * does not answer, what it said last holds. */
bool maintenance_is_on(struct db *db, struct maintenance_watch *watch);

/* Of this host. */
bool maintenance_is_on_here(const struct conf *conf);
/* May be done again. -1: errno. */
int maintenance_set_here(const struct conf *conf, bool is_on);

struct maintenance {
	bool is_on;
	int64_t changed_us;     /* 0: never */
	const char *changed_by; /* user@host; NULL: nobody yet */
};

/* Of all hosts. */
enum err maintenance_find(struct db *db, struct maintenance *maintenance_r);
/* May be done again: who said it first stays. */
enum err maintenance_set(struct db *db, bool is_on, const char *by);

#endif
