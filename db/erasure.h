/*
 * The erasure of a WeChat user: profile, session, phone, resident, member binding, access tokens,
 * verification codes, login claims, events, and the unionid unless another user of the account
 * needs it. If it was the account's last user, the account goes with its memberships and aliases.
 * What the undo of a merge would need goes too. All of it is erased or nothing; an erasure is
 * written to the audit, and to erasures.log before it is committed.
 *
 * The person may ask for the erasure of the account with all of its users: account_close.h. The
 * tenant's member goes along then, unless another user is bound to it or the tenant's setting
 * erase_member is off. If one user alone is erased, the member stays; member_erasure.h erases it.
 *
 * Rows are deleted, and ids are never used again, so that a later login makes a new user. What
 * stays is keyed counters of messages, which expire within a day, for a month the ids of user and
 * account (user_changes.h), and for ever the entries of the audit. Values in them are masked, but
 * some have the id of the account or user, and the client's network.
 */
#ifndef ERASURE_H
#define ERASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "erased.h"
#include "uuid.h"

struct erasure {
	int32_t tenant_id, app_id;
	const char *appid, *openid;
	int64_t before_us;       /* erases only what was stored before then; 0: all of it */
	const char *actor;       /* for the audit */
	const char *revoke_info; /* of the message that asked for it; NULL if there was none */
	bool keeps_others;       /* of a closed account, too; it stays closed until it is due */
	bool is_dry_run;         /* changes nothing */
	bool is_replay;          /* erasures.log has it already */
};

/* Succeeds also if there is nothing to erase. If the account of the user is closed, it is erased
 * with all of its users, as its person wishes, unless keeps_others says that these stay. */
enum err erasure_run(struct db *db, const struct erasure *erasure, struct erased *erased_r);
/* The same within a transaction. */
enum err erasure_apply(struct db *db, const struct erasure *erasure, struct erased *erased_r);

struct account_erasure {
	int32_t tenant_id;
	struct uuid id;
	const char *actor, *revoke_info; /* as above */
	bool keeps_member;               /* whatever the tenant's setting erase_member says */
	bool is_due;                     /* only if the account is closed and its time has come */
	bool is_dry_run, is_replay;      /* as above; the caller rolls back */
};

/* Erases an account with all of its users. */
enum err erasure_run_account(
	struct db *db, const struct account_erasure *erasure, struct erased *erased_r);
/* The same within a transaction. */
enum err erasure_apply_account(
	struct db *db, const struct account_erasure *erasure, struct erased *erased_r);

#endif
