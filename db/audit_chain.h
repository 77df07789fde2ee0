/*
 * The chains of the audit, one for each tenant and one for the installation. A job seals each entry
 * once into the chain of its tenant: the link has the next sequence number, and a MAC, by the audit
 * key in use, over the MAC of the link before it, the link and the whole entry. Without the key
 * nobody can change, delete or insert an entry so that the chain still verifies (audit_verify.h).
 * Links are inserted, and never changed or deleted.
 *
 * What cuts off the end of a chain, entries and links, leaves a chain that verifies. So a line of
 * the log tells the head of each chain every minute: who keeps the log finds it.
 *
 * Ids of entries do not tell the order in which they are committed. An entry that is committed
 * after one with a higher id is sealed later, which makes no gap. A transaction that writes an
 * entry must take less than an hour: later it would not be looked for. The time of a link is that
 * of the database's clock.
 *
 * Two processes that seal at once, on whatever hosts, insert the same sequence number, and one of
 * them repeats its transaction.
 */
#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include "audit_head.h"
#include "db.h"

/* Seals some entries that have no link. When none is left, logs the heads and sets *is_over_r. A
 * step may find none before, since it looks at a bounded number of entries. looked_until: the id of
 * the last one that was looked at; 0 at first. */
enum err audit_seal(struct db *db, int64_t *looked_until, int64_t *n_sealed_r, bool *is_over_r);
/* Calls head for each chain, by tenant. */
enum err audit_heads(
	struct db *db, void (*head)(void *ctx, const struct audit_head *head), void *ctx);

#endif
