/*
 * A WeChat user is erased: profile, session, phone, resident, binding, access tokens, codes, login
 * claims, events, the unionid that no other user of the account needs, what merges would undo; and
 * the account with its memberships and aliases, if it was the account's last user. All or nothing,
 * with an audit row, and noted in erasures.log before it is committed.
 *
 * The rows are deleted; ids are never given again, so that who logs in afterwards is somebody new.
 * What stays: the tenant's member (its card is the tenant's, only the binding goes), audit rows,
 * which hold masked values, and counters of messages, keyed and gone within a day.
 */
#ifndef ERASURE_H
#define ERASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

struct erasure {
	int32_t tenant_id, app_id;
	const char *appid, *openid;
	int64_t before_us;    /* only a user that was stored before then; 0: whenever */
	const char *actor;    /* for the audit */
	const char *revoke_info; /* of the message that asks for it; NULL: none */
	bool is_dry_run;    /* nothing changes */
	bool is_replay;       /* it stands in erasures.log */
};

/* What was erased, or would be. Of who is not found, what WeChat has told of the openid; that is an
 * erasure, too, with an audit row and a line in erasures.log. */
struct erased {
	bool is_found, is_account_too;
	struct erased_rows {
		const char *table;
		int n_rows;
	} rows[16];
	size_t n_tables;
};

/* ERR_NONE also when there is no such user. */
enum err erasure_run(struct db *db, const struct erasure *erasure, struct erased *erased_r);

/* After a backup was restored: erases again who was erased since it was made. */
enum err erasure_replay(struct db *db, size_t *n_erased_r);

#endif
