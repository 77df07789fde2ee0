/*
 * Limits on how many messages are sent. A limit has slots; each is a row that takes its share of
 * the messages and is free again when the window has passed since the first of them. With a slot
 * for each message the limit holds for any window, not only for calendar hours. Thousands of
 * messages share few slots, but more than one, so that no single row is locked by all.
 */
#ifndef DB_SMS_LIMIT_H
#define DB_SMS_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

#define SMS_LIMIT_SLOTS_MAX 20
#define SMS_LIMITS_MAX 10 /* of one message */

struct sms_limit {
	const char *kind;    /* static: what is limited, and for how long: "phone_hour" */
	const char *subject; /* the phone, address, … of that kind; only its HMAC is stored */
	int32_t n_slots, n_messages, window_s;
	/* Counts a message only if the limit before has counted none within this one's window. */
	bool is_of_new;
};

/* Call within a transaction: counts one message on each limit, in their order. Returns ERR_SMS_RATE
 * if a limit lets none through for the next *wait_s_r seconds. */
enum err sms_limit_take(struct db *db, int32_t tenant_id, const struct sms_limit *limits,
	size_t n_limits, int32_t *wait_s_r);
/* Takes back what was counted on a limit of one message. */
enum err sms_limit_give_back(
	struct db *db, int32_t tenant_id, const char *kind, const char *subject);
/* Deletes counts older than any window, a thousand at most; db->n_rows: how many. */
enum err sms_limit_purge(struct db *db);

#endif
