/*
 * Two accounts become one: the older stays, the younger's id becomes an alias and its row keeps
 * what it said; users with their access tokens, unionids, aliases and memberships move (not one
 * that the older has as well), the stricter of the flags hold. merge_log has what an undo needs. A
 * token is valid while it has its account's security stamp, so tokens that move get the stamp of
 * where they go.
 */
#ifndef MERGE_H
#define MERGE_H

#include "db.h"
#include "secret.h"

struct merge {
	int32_t tenant_id;
	uint8_t a[SECRET_UUID_SIZE], b[SECRET_UUID_SIZE];
	const char *actor; /* for the audit */
	uint8_t survivor[SECRET_UUID_SIZE], merged[SECRET_UUID_SIZE]; /* set by merge_lock() */
	int64_t log_id;                                               /* by merge_accounts() */
};

/* Within a transaction; nobody else moves what belongs to either from here on. a may be all
 * zero: none. 0 or -1. */
int merge_lock(struct db *db, struct merge *merge);
/* Once something is sure to move: the same on all nodes of a cluster. 0 or -1. */
int merge_mark(struct db *db, const struct merge *merge);
/* 0 or -1. */
int merge_accounts(struct db *db, struct merge *merge);

#endif
