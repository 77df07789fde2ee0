/*
 * How many messages may be sent. A limit is a number of slots, each a row that takes its share of
 * the messages and is free again when the window has passed since the first of them. With a slot
 * for each message the limit holds for any window, not for calendar hours; thousands of messages
 * share few slots, but more than one, so that no row is hot.
 */
#ifndef DB_SMS_LIMIT_H
#define DB_SMS_LIMIT_H

#include <stdint.h>

#include "db.h"

#define SMS_LIMIT_SLOTS_MAX 20

struct sms_limit {
	const char *kind;    /* of whom, and how long */
	const char *subject; /* the one of that kind; only its HMAC is stored */
	int32_t n_slots, n_messages, window_s;
};

/* Within a transaction: counts one message. ERR_SMS_RATE: there are enough, for wait_s. */
enum err sms_limit_take(
	struct db *db, int32_t tenant_id, const struct sms_limit *limit, int32_t *wait_s_r);
/* Takes back what was counted on a limit of one message: 0 or -1. */
int sms_limit_give_back(
	struct db *db, int32_t tenant_id, const char *kind, const char *subject);
/* Forgets counts older than any window, a thousand at most: their number, or -1. */
enum err sms_limit_purge(struct db *db);

#endif
