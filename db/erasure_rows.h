/*
 * What an erasure deletes, by the schema's marks (db/schema/personal.awk). For erasure.c alone, and
 * within a transaction.
 */
#ifndef ERASURE_ROWS_H
#define ERASURE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "erased.h"
#include "uuid.h"

/* Whose rows. What is 0, NULL or nil names none. */
struct erasure_target {
	int32_t tenant_id, app_id, id; /* id: of the WeChat user */
	const char *openid;
	int64_t before_us; /* by openid: what has happened before; 0: no limit */
	struct uuid row_uuid, account_id;
	struct uuid gone_id; /* the account if it goes too; else nil */
	const char *unionid, *phone;
	int32_t member_id;
	int64_t claim_id;
	bool is_closed;  /* the account */
	bool has_others; /* the account has other users */
	int64_t now_us;  /* by the database's clock */
};

enum erasure_key {
	ERASE_BY_account = 1,
	ERASE_BY_wechat_user = 2,
	ERASE_BY_openid = 4,
	ERASE_BY_phone = 8,
	ERASE_BY_member = 16,
	ERASE_BY_openid_hash = 32,
};

/* Deletes the target's rows of all tables with one of the keys, and adds their numbers to erased.
 * keys: a set of enum erasure_key. */
enum err erasure_rows_delete(struct db *db, unsigned keys, const struct erasure_target *target,
	struct erased *erased);
/* The same by a phone of the target's, in any form. */
enum err erasure_rows_delete_phone(struct db *db, const struct erasure_target *target,
	const char *phone, struct erased *erased);
/* The same by user and account. An account that goes takes along those that were merged into it. */
enum err erasure_rows_delete_user(
	struct db *db, const struct erasure_target *target, struct erased *erased);

#endif
