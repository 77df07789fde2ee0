/*
 * Limits on how often something is done, counted in the database for all hosts: messages that are
 * sent by SMS, numbers that WeChat's phone button gives. A limit has slots; each is a row that
 * takes its share of the count and is free again when the window has passed since the first of
 * them. With a slot for each the limit holds for any window, not only for calendar hours. Thousands
 * share few slots, but more than one, so that no single row is locked by all.
 *
 * While a look-up key replaces another one (lookup_rotation.h), what either has hashed counts, and
 * goes over to the key in use when a slot is taken.
 */
#ifndef DB_SLOT_LIMIT_H
#define DB_SLOT_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

#define SLOT_LIMIT_SLOTS_MAX 20
#define SLOT_LIMITS_MAX 10 /* of one message */

struct slot_limit {
	const char *kind;    /* static: what is limited, and for how long: "phone_hour" */
	const char *subject; /* the phone, address, … of that kind; only its HMAC is stored */
	int32_t n_slots, n_most, window_s;
	/* Counts only if the limit before has counted nothing within this one's window. */
	bool is_of_new;
	/* Set by slot_limit_take(). */
	int32_t slot;    /* that counts this one; -1: none does */
	int32_t n_taken; /* of the window, with this one */
};

/* Call within a transaction: counts once on each limit, in their order. Returns ERR_RATE if a limit
 * lets nothing through for the next *wait_s_r seconds. */
enum err slot_limit_take(struct db *db, int32_t tenant_id, struct slot_limit *limits,
	size_t n_limits, int32_t *wait_s_r);
/* Takes back what was counted on a limit that has been taken. */
enum err slot_limit_give_back(struct db *db, int32_t tenant_id, const struct slot_limit *limit);
/* Call within a transaction, before a count of another file's that has the form of a limit is begun
 * anew: makes it the count of the key in use. slot_limit_take() does so itself. */
enum err slot_limit_rekey(struct db *db, int32_t tenant_id, const struct slot_limit *limit);
/* Reads how much of a limit's window is taken. */
enum err slot_limit_look(
	struct db *db, int32_t tenant_id, const struct slot_limit *limit, int32_t *n_taken_r);
/* Deletes counts older than any window, a thousand at most; db->n_rows: how many. */
enum err slot_limit_purge(struct db *db);

#endif
