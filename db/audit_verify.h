/*
 * Verifies the audit: that each entry is as it was when it was sealed into its chain
 * (audit_chain.h), that no link is missing, and that no entry is without a link.
 *
 * A link vouches for its entry, whatever key has signed that. It reads the tables in pages, so that
 * memory does not grow with them.
 */
#ifndef AUDIT_VERIFY_H
#define AUDIT_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "audit_head.h"
#include "db.h"

enum audit_fault {
	AUDIT_ENTRY_CHANGED,  /* since it was sealed */
	AUDIT_ENTRY_DELETED,  /* its link is there */
	AUDIT_ENTRY_UNSIGNED, /* the service has not signed it, or it was changed before it was
			       * sealed */
	AUDIT_ENTRY_UNSEALED, /* it has no link, though it was there when entries were sealed */
	AUDIT_LINK_CHANGED,
	AUDIT_LINK_MISSING,
	AUDIT_CUT_OFF, /* the chain lacks the link of a head, or has another in its place */
};

struct audit_finding {
	enum audit_fault fault;
	int32_t tenant_id;
	int64_t entry_id; /* 0: not of an entry */
	int64_t sequence; /* of the link; 0: there is none */
	int64_t n_links;  /* AUDIT_LINK_MISSING: how many, from sequence on */
};

struct audit_verification {
	/* The chains of these heads must have them, and are verified from there on; all others from
	 * their beginning. */
	const struct audit_head *heads;
	size_t n_heads;
	int64_t sealed_until_us; /* entries from before must have a link: the job has ended since */
	int64_t late_until_us;   /* entries from before should have one */
	void (*found)(void *ctx, const struct audit_finding *finding);
	void *ctx;
	/* Counted. */
	int64_t n_links, n_chains;
	int64_t n_findings;
	int64_t n_waiting; /* entries that are to be sealed */
	int64_t n_late;    /* of them: from before late_until_us */
	int64_t n_lost;    /* entries whose key was lost before they were sealed: not verified */
};

/* The connection has no time-out from then on. */
enum err audit_verify(struct db *db, struct audit_verification *verification);

#endif
