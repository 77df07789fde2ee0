/*
 * The audit: what was done to credentials, settings and persons, and by whom. An entry is written
 * in the transaction that does it, and signed with the look-up key. Values in it are masked.
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

/* Call it within a transaction. */
enum err audit_write(struct db *db, const struct audit_entry *entry);
/* Verifies the signatures of the first entries, at most n_most. Adds their number to n_verified,
 * and that of those signed with another look-up key to n_wrong. */
enum err audit_verify(struct db *db, int32_t n_most, int64_t *n_verified, int64_t *n_wrong);
/* Counts the entries with this action. */
enum err audit_count(struct db *db, const char *action, int64_t *n_r);

#endif
