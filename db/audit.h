/*
 * The audit: every act that changes who may do what, and who did it. An entry is written in the
 * transaction that does it, and signed with the audit key; those of the releases before with the
 * look-up key. Values in it are masked. The id of an account and the network of its person are not,
 * and stay when the account is erased: without them nothing is proven. Entries are inserted, and
 * never changed or deleted: no statement does, and audit_chain.h shows whether anybody else has. As
 * it cannot show that of an entry that was not sealed yet, the log has a line of each entry once
 * its transaction is committed.
 *
 * An entry is of the tenant whose rows were changed, or of the installation.
 */
#ifndef AUDIT_H
#define AUDIT_H

#include "audit_entry.h"
#include "db.h"
#include "secret_keys.h"

/* What acts in an entry: where it says none, and in the Admin API. */
#define AUDIT_ACTOR_CONTROL "wxuserctl"
#define AUDIT_ACTOR_ADMIN "admin"

/* What db writes to the audit from now on has the origin that find tells at that moment, in the
 * arena of db. Without it, nothing is known. */
void audit_set_origin(
	struct db *db, struct audit_origin (*find)(const void *ctx), const void *ctx);

/* How a process logs that goes without a log while it does nothing. */
struct audit_log {
	void (*begin)(void *ctx);
	void (*end)(void *ctx);
	void *ctx;
};

/* Lets what db writes to the audit from now on be logged between begin and end. log must outlive
 * db. */
void audit_set_log(struct db *db, const struct audit_log *log);

/* Call it within a transaction. */
enum err audit_write(struct db *db, const struct audit_entry *entry);
/* The same in a transaction of its own, for what was done elsewhere than in the database. */
enum err audit_write_alone(struct db *db, const struct audit_entry *entry);

/* How many entries are tried with a new key. */
#define AUDIT_TRIED 1000

struct audit_trial {
	int64_t n_tried;
	int64_t n_wrong; /* of them: signed with another key, or changed since */
};

/* Tries n_most signatures at most: by the look-up key those of the first entries, by the audit key
 * those of the last ones. */
enum err audit_try_key(
	struct db *db, enum secret_key_kind kind, int32_t n_most, struct audit_trial *trial_r);
/* Counts the entries with this action. */
enum err audit_count(struct db *db, const char *action, int64_t *n_r);

#endif
