#include "account.h"
#include "arena.h"
#include "audit.h"
#include "erasure.h"
#include "erasure_log.h"
#include "erasure_rows.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

struct phone_row {
	int32_t tenant_id, wechat_user_id;
	struct uuid row_uuid;
	const char *phone;
};

#define ROW(member, type) COLUMN(struct erasure_target, member, type)
#define PHONE(member, type) COLUMN(struct phone_row, member, type)

enum { LOCK, MARK_ACCOUNT, OTHERS, RESIDENT_PHONE };

static const struct stmt statements[] = {
	[LOCK] = {
		.text = "SELECT id, tenant_id, row_uuid, openid, account_id, unionid, phone "
			"FROM wechat_user WHERE tenant_id = ? AND openid = ? "
			"AND COALESCE(app_id, ?) = ? AND created_at < COALESCE(?, created_at + "
			"INTERVAL 1 SECOND) FOR UPDATE",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(openid, STR), ROW(app_id, INT32),
			ROW(app_id, INT32), ROW(before_us, TIME)),
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(row_uuid, UUID),
			ROW(openid, STR), ROW(account_id, UUID), ROW(unionid, STR),
			SEALED(struct erasure_target, phone, "wechat_user", "phone")),
	},
	/* Locks the account on all nodes of a cluster: no user joins or leaves it. */
	[MARK_ACCOUNT] = {
		.text = "UPDATE account SET n_moves = n_moves + 1 WHERE id = ?",
		.params = COLUMNS(ROW(account_id, UUID)),
	},
	[OTHERS] = {
		.text = "SELECT EXISTS (SELECT 1 FROM wechat_user "
			"WHERE account_id = ? AND id <> ?), UTC_TIMESTAMP(6)",
		.params = COLUMNS(ROW(account_id, UUID), ROW(id, INT32)),
		.columns = COLUMNS(ROW(has_others, BOOL), ROW(now_us, TIME)),
	},
	[RESIDENT_PHONE] = {
		.text = "SELECT tenant_id, row_uuid, phone FROM resident WHERE wechat_user_id = ?",
		.params = COLUMNS(PHONE(wechat_user_id, INT32)),
		.columns = COLUMNS(PHONE(tenant_id, INT32), PHONE(row_uuid, UUID),
			SEALED(struct phone_row, phone, "resident", "phone")),
	},
};

const struct stmt_table erasure_statements = STMT_TABLE(statements);

/* Sets the phone of a target that has none to the resident's. */
static enum err delete_by_phones(
	struct db *db, struct erasure_target *target, struct erased *erased)
{
	struct phone_row row = {.wechat_user_id = target->id};
	enum err found = stmt_need(db, &statements[RESIDENT_PHONE], &row, &row, ERR_ABSENT);
	enum err err = found == ERR_ABSENT ? ERR_NONE : found;

	if (err == ERR_NONE)
		err = erasure_rows_delete_phone(db, target, target->phone, erased);
	if (err != ERR_NONE || found == ERR_ABSENT)
		return err;
	if (str_is_empty(target->phone))
		target->phone = row.phone;
	return erasure_rows_delete_phone(db, target, row.phone, erased);
}

/* Locks the user and its account, and sets now_us. Returns ERR_USER_UNKNOWN, with now_us set
 * too. */
static enum err lock_target(struct db *db, struct erasure_target *target)
{
	enum err found = stmt_need(db, &statements[LOCK], target, target, ERR_USER_UNKNOWN), err;

	if (found != ERR_NONE && found != ERR_USER_UNKNOWN)
		return found;
	err = found == ERR_NONE ? stmt_write(db, &statements[MARK_ACCOUNT], target) : ERR_NONE;
	if (err == ERR_NONE)
		err = stmt_need(db, &statements[OTHERS], target, target, ERR_INTERNAL);
	if (!target->has_others)
		target->gone_id = target->account_id;
	/* All rows of a user go; of an openid alone, those from before. */
	if (found == ERR_NONE)
		target->before_us = 0;
	return err == ERR_NONE ? found : err;
}

static enum err delete_user(struct db *db, struct erasure_target *target, struct erased *erased)
{
	enum err err = delete_by_phones(db, target, erased);

	erased->is_found = true;
	if (err == ERR_NONE)
		err = erasure_rows_delete_user(db, target, erased);
	return err == ERR_NONE && target->has_others ? account_touch(db, target->account_id) : err;
}

static enum err audit_erasure(
	struct db *db, const struct erasure *erasure, const struct erased *erased)
{
	const char *revoke_info = str_is_empty(erasure->revoke_info)
		? ""
		: arena_printf(db->arena, ",\"revoke_info\":\"%s\"", erasure->revoke_info);
	char masked[STR_MASKED_SIZE];
	struct audit_entry entry = {
		.tenant_id = erasure->tenant_id,
		.action = "user.erase",
		.actor = erasure->actor,
		.details = arena_printf(db->arena, "{\"account\":%s%s}",
			erased->is_account_too ? "true" : "false", revoke_info),
	};

	str_mask(erasure->openid, masked);
	entry.subject = arena_printf(db->arena, "%s %s", erasure->appid, masked);
	return audit_write(db, &entry);
}

static enum err write_tombstone(
	const struct db *db, const struct erasure *erasure, const struct erasure_target *target)
{
	const struct tombstone tombstone = {
		.tenant_id = erasure->tenant_id, .appid = erasure->appid,
		.openid = erasure->openid, .unionid = target->unionid, .phone = target->phone,
		.at_us = target->before_us != 0 ? target->before_us : target->now_us,
	};

	return erasure_log_append(db, &tombstone);
}

struct erasure_ctx {
	const struct erasure *erasure;
	struct erased *erased;
};

static enum err erase(struct db *db, void *ctx)
{
	const struct erasure_ctx *erasing = ctx;
	const struct erasure *erasure = erasing->erasure;
	struct erased *erased = erasing->erased;
	struct erasure_target target = {
		.tenant_id = erasure->tenant_id, .app_id = erasure->app_id,
		.openid = erasure->openid, .before_us = erasure->before_us,
	};
	enum err err = lock_target(db, &target);

	*erased = (struct erased){0};
	if (err == ERR_NONE)
		err = delete_user(db, &target, erased);
	else if (err == ERR_USER_UNKNOWN)
		err = erasure_rows_delete(db, ERASE_BY_openid, &target, erased);
	if (err != ERR_NONE || erased->n_tables == 0)
		return err;
	err = audit_erasure(db, erasure, erased);
	if (err == ERR_NONE && !erasure->is_dry_run && !erasure->is_replay)
		err = write_tombstone(db, erasure, &target);
	return err;
}

enum err erasure_run(struct db *db, const struct erasure *erasure, struct erased *erased_r)
{
	struct erasure_ctx erasing = {.erasure = erasure, .erased = erased_r};

	return erasure->is_dry_run ? transaction_dry_run(db, erase, &erasing)
				   : transaction_run(db, erase, &erasing);
}
