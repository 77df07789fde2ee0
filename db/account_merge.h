/*
 * The merge of two accounts into one.
 *
 * The older account survives. The younger one's id becomes an alias, and its row is kept. Its
 * WeChat users with their access tokens, its unionids, aliases and memberships move, except a
 * membership that the survivor has as well. Of two different flags the stricter one holds. An
 * access token is valid while it has the security stamp of its account, so a token that moves gets
 * the survivor's.
 *
 * merge_log keeps what the undo needs (account_unmerge.h).
 */
#ifndef ACCOUNT_MERGE_H
#define ACCOUNT_MERGE_H

#include <stdint.h>

#include "db.h"
#include "uuid.h"

struct account_merge {
	int32_t tenant_id;
	struct uuid a, b;
	const char *actor;            /* for the audit, as that of an entry */
	struct uuid survivor, merged; /* set by account_merge_lock() */
	int64_t log_id;               /* set by account_merge_apply() */
};

/* The three are called in this order and within one transaction. */

/* Locks both accounts: no other request moves what belongs to them. a may be nil; then merged stays
 * nil. */
enum err account_merge_lock(struct db *db, struct account_merge *merge);
/* Writes to both accounts, which locks them on all nodes of a cluster. */
enum err account_merge_mark(struct db *db, const struct account_merge *merge);
/* Merges, and writes it to the audit. */
enum err account_merge_apply(struct db *db, struct account_merge *merge);

/* ---- For account_unmerge.c. */

/* log: for an undo, which merge it undoes, as a part of the JSON. */
enum err account_merge_audit(
	struct db *db, const struct account_merge *merge, const char *action, const char *log);

/* SQL: a token t names its user u. */
#define ACCOUNT_MERGE_TOKEN_OWNER                                                               \
	"t.account_id = u.account_id, t.app_id = u.app_id, t.openid = u.openid"

#endif
