/*
 * What WeChat tells of a user, each event once and in any order: follows, and what erases or
 * refreshes personal data, a revocation as revocation.h has it. The latter counts only where the
 * signature covers the message; else it is written down and waits for the operator. Events that
 * are not known, and of users who are not, change nothing.
 */
#ifndef PUSH_EVENT_H
#define PUSH_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

struct push_event {
	int32_t tenant_id, app_id;
	const char *appid, *openid, *name;
	const char *revoke_info; /* as sent; comes out as revocation_numbers(); NULL: none */
	int64_t happened_us; /* whole seconds */
	bool is_covered;     /* by its signature */
};

enum err push_event_take(struct db *db, const struct push_event *event);

/* Whether an event of this name, in any case, does anything. */
bool push_event_is_known(const char *name);

/* Calls row for each event that waits, the oldest first; erasing the user ends the waiting. */
enum err push_event_pending(
	struct db *db, void (*row)(void *ctx, const struct push_event *event), void *ctx);

/* Forgets events that cannot come again, and follow_purge(): a thousand of each at most, their
 * number, or -1. */
enum err push_event_purge(struct db *db);

#endif
