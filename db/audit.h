/*
 * What was done to credentials and persons, and by whom. Written in the transaction that does it,
 * each entry with a MAC of its own under the look-up key; values in it are masked.
 */
#ifndef AUDIT_H
#define AUDIT_H

#include <stdint.h>

#include "db.h"

struct audit_entry {
	int32_t tenant_id;
	const char *action;  /* "key.add", "account.merge" */
	const char *actor;   /* "wxuserctl", "login" */
	const char *subject; /* what it was done to */
	const char *details; /* a JSON object */
};

/* Call within a transaction. */
enum err audit_write(struct db *db, const struct audit_entry *entry);
/* Counts the first entries, n_most at most, and those of them that were signed under another
 * look-up key, to what is there: 0, or -1. */
int audit_try(struct db *db, int32_t n_most, int64_t *n_tried, int64_t *n_wrong);
/* How often it was done; -1: logged. */
int64_t audit_count(struct db *db, const char *action);

#endif
