/*
 * Events that WeChat pushes about a user. They come in any order, and each counts once: follows,
 * and those that erase or refresh personal data (see revocation.h). The latter count only if the
 * signature covers the message; otherwise they are stored, pending until the operator erases.
 * Unknown events, and events about unknown users, change nothing.
 */
#ifndef PUSH_EVENT_H
#define PUSH_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

struct push_event {
	int64_t id;	 /* of one that is listed */
	int32_t user_id; /* that of its user, of one that is listed; 0: there is none */
	int32_t tenant_id, app_id;
	const char *appid, *openid, *name;
	/* As sent; push_event_pending() gives it as revocation_numbers() does. NULL: none. */
	const char *revoke_info;
	int64_t happened_us; /* whole seconds */
	bool is_covered;     /* by the signature */
};

enum err push_event_take(struct db *db, const struct push_event *event);

/* Whether an event of this name, in any case, has an effect. */
bool push_event_is_known(const char *name);

/* Calls row for each pending event, the oldest first. An event is pending until its user is
 * erased. */
enum err push_event_pending(
	struct db *db, void (*row)(void *ctx, const struct push_event *event), void *ctx);

struct push_event_page {
	int32_t tenant_id;
	int64_t after_id;
	int32_t n_most;
};

/* Reads the tenant's pending events with ids above after_id, by id, into the arena. */
enum err push_event_page(struct db *db, const struct push_event_page *page,
	const struct push_event **events_r, size_t *n_r);

/* Deletes at most a thousand events that cannot be repeated any more, and does follow_purge();
 * db->n_rows is the number of both. */
enum err push_event_purge(struct db *db);

#endif
