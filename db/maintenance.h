/*
 * Maintenance: the dialects answer that the service is down. It is on for this host while there is
 * a flag file in the state directory, which works without the database, and for all hosts while a
 * row of the database says so. Each worker sees a change within a second.
 */
#ifndef MAINTENANCE_H
#define MAINTENANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

struct conf;

/* What a worker saw last. All zero at first. */
struct maintenance_watch {
	bool is_on, is_everywhere;
	bool is_known; /* the database has said at least once what holds for all hosts */
	int64_t seen_us;
};

/* Looks at most once a second, and asks the database only if there is no flag file, then also for
 * the tenants that are disabled (tenant_is_disabled()). If the database does not answer, what
 * it said last holds. Until it has said something, is_known is false: a request must be refused,
 * since its tenant may be disabled. */
bool maintenance_is_on(struct db *db, struct maintenance_watch *watch);

/* Whether maintenance is on for this host. */
bool maintenance_is_on_here(const struct conf *conf);
/* Switches it for this host. Returns 0, also if nothing changes, or -1 with errno set. */
int maintenance_set_here(const struct conf *conf, bool is_on);

struct maintenance {
	bool is_on;
	int64_t changed_us;     /* 0: never */
	const char *changed_by; /* user@host; NULL: never */
};

/* Finds the state for all hosts. */
enum err maintenance_find(struct db *db, struct maintenance *maintenance_r);
/* Switches it for all hosts. If nothing changes, changed_us and changed_by stay. */
enum err maintenance_set(struct db *db, bool is_on, const char *by);
/* Writes the entry of the audit that it was switched for this host. */
enum err maintenance_note_here(struct db *db, bool is_on);
/* Switches it for all hosts without an entry of the audit, where none can be written. */
enum err maintenance_set_alone(struct db *db, bool is_on, const char *by);

#endif
