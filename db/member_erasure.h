/*
 * The erasure of a tenant's member: the row, and verification codes for its phone. WeChat users who
 * are bound to the member stay, without it. All of it is erased or nothing; it is written to the
 * audit, and to erasures.log before it is committed.
 */
#ifndef MEMBER_ERASURE_H
#define MEMBER_ERASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "erased.h"

struct member_erasure {
	int32_t tenant_id, id;
	const char *actor;     /* for the audit */
	bool keeps_bound;      /* erases nothing if a user is bound to the member */
	int64_t void_since_us; /* erases a card only that is void, unchanged since; 0: any */
	bool is_dry_run;       /* changes nothing */
	bool is_replay;        /* erasures.log has it already */
};

/* Returns ERR_MEMBER_UNKNOWN if the tenant has no such member. */
enum err member_erasure_run(
	struct db *db, const struct member_erasure *erasure, struct erased *erased_r);
/* The same within a transaction, which the caller rolls back after a dry run. Adds to erased. */
enum err member_erasure_apply(
	struct db *db, const struct member_erasure *erasure, struct erased *erased);

#endif
