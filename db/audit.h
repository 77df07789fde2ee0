/*
 * The audit: what was done to credentials, settings and persons, and by whom. An entry is written
 * in the transaction that does it, and signed with the audit key; those of the releases before with
 * the look-up key. Values in it are masked.
 */
#ifndef AUDIT_H
#define AUDIT_H

#include <stdint.h>

#include "db.h"
#include "secret_keys.h"

struct audit_entry {
	int32_t tenant_id;
	const char *action;  /* "key.add", "account.merge" */
	const char *actor;   /* "wxuserctl", "login" */
	const char *subject; /* what it was done to */
	const char *details; /* a JSON object */
};

/* Call it within a transaction. */
enum err audit_write(struct db *db, const struct audit_entry *entry);
struct audit_verdict {
	int64_t n_verified;
	int64_t n_wrong; /* of them: signed with another key, or changed since */
};

/* Verifies n_most signatures at most: by the look-up key those of the first entries, by the audit
 * key those of the last ones. */
enum err audit_verify(
	struct db *db, enum secret_key_kind kind, int32_t n_most, struct audit_verdict *verdict_r);
/* Counts the entries with this action. */
enum err audit_count(struct db *db, const char *action, int64_t *n_r);

#endif
