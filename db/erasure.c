#include "account.h"
#include "arena.h"
#include "audit.h"
#include "erasure.h"
#include "erasure_pending.h"
#include "erasure_rows.h"
#include "member_erasure.h"
#include "setting.h"
#include "stmt.h"
#include "str.h"
#include "tombstone.h"
#include "transaction.h"
#include "user_changes.h"
#include "user_row.h"

struct phone_row {
	int32_t tenant_id, wechat_user_id;
	struct uuid row_uuid;
	const char *phone;
};

struct account_user {
	int32_t tenant_id, app_id;
	struct uuid account_id;
	const char *appid, *openid;
};

#define ROW(member, type) COLUMN(struct erasure_target, member, type)
#define PHONE(member, type) COLUMN(struct phone_row, member, type)
#define USER(member, type) COLUMN(struct account_user, member, type)

enum { LOCK, MARK_ACCOUNT, OTHERS, RESIDENT_PHONE, LOCK_DUE, USERS };

static const struct stmt statements[] = {
	[LOCK] = {
		.text = "SELECT id, tenant_id, row_uuid, openid, account_id, unionid, phone, "
			"member_id, is_closed FROM wechat_user WHERE tenant_id = ? AND openid = ? "
			"AND COALESCE(app_id, ?) = ? AND created_at < COALESCE(?, created_at + "
			"INTERVAL 1 SECOND) FOR UPDATE",
		.reads_again = true,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(openid, STR), ROW(app_id, INT32),
			ROW(app_id, INT32), ROW(before_us, TIME)),
		.columns = COLUMNS(ROW(id, INT32), ROW(tenant_id, INT32), ROW(row_uuid, UUID),
			ROW(openid, STR), ROW(account_id, UUID), ROW(unionid, STR),
			TRIED(struct erasure_target, phone, "wechat_user", "phone"),
			ROW(member_id, REF), ROW(is_closed, BOOL)),
	},
	/* Locks the account on all nodes of a cluster: no user joins or leaves it. */
	[MARK_ACCOUNT] = {
		.text = "UPDATE account SET n_moves = n_moves + 1 "
			"WHERE tenant_id = ? AND id = ?",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(account_id, UUID)),
	},
	[OTHERS] = {
		.text = "SELECT EXISTS (SELECT 1 FROM wechat_user "
			"WHERE tenant_id = ? AND account_id = ? AND id <> ?), UTC_TIMESTAMP(6)",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(account_id, UUID), ROW(id, INT32)),
		.columns = COLUMNS(ROW(has_others, BOOL), ROW(now_us, TIME)),
	},
	[RESIDENT_PHONE] = {
		.text = "SELECT tenant_id, row_uuid, phone FROM resident WHERE wechat_user_id = ?",
		.params = COLUMNS(PHONE(tenant_id, TENANT), PHONE(wechat_user_id, INT32)),
		.columns = COLUMNS(PHONE(tenant_id, TENANT), PHONE(row_uuid, UUID),
			TRIED(struct phone_row, phone, "resident", "phone")),
	},
	[LOCK_DUE] = {
		.text = "SELECT id FROM account WHERE tenant_id = ? AND id = ? "
			"AND erases_at <= UTC_TIMESTAMP(6) FOR UPDATE",
		.params = COLUMNS(USER(tenant_id, INT32), USER(account_id, UUID)),
		.columns = COLUMNS(USER(account_id, UUID)),
	},
	/* A user without an app has a line in erasures.log as one of any app of the tenant. */
	[USERS] = {
		.text = "SELECT u.tenant_id, u.account_id, u.openid, a.id, COALESCE(a.appid, '') "
			"FROM wechat_user u LEFT JOIN app a ON a.tenant_id = u.tenant_id "
			"AND a.id = COALESCE(u.app_id, "
			"(SELECT MIN(id) FROM app WHERE tenant_id = u.tenant_id)) "
			"WHERE u.tenant_id = ? AND u.account_id = ? ORDER BY u.id LIMIT 1000",
		.params = COLUMNS(USER(tenant_id, INT32), USER(account_id, UUID)),
		.columns = COLUMNS(USER(tenant_id, INT32), USER(account_id, UUID),
			USER(openid, STR), USER(app_id, REF), USER(appid, STR)),
		.row_size = sizeof(struct account_user),
	},
};

const struct stmt_table erasure_statements = STMT_TABLE(statements);

/* Sets the phone of a target that has none to the resident's. */
static enum err delete_by_phones(
	struct db *db, struct erasure_target *target, struct erased *erased)
{
	struct phone_row row = {.tenant_id = target->tenant_id, .wechat_user_id = target->id};
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
	if (err == ERR_NONE)
		err = user_changes_add_erased(db, target->tenant_id, target->id, target->gone_id);
	if (err == ERR_NONE && target->has_others)
		err = account_touch(db, target->tenant_id, target->account_id);
	return err == ERR_NONE && target->has_others
		? user_row_date_account(db, target->tenant_id, target->account_id)
		: err;
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
	struct db *db, const struct erasure *erasure, const struct erasure_target *target)
{
	const struct tombstone_subject subject = {
		.tenant_id = erasure->tenant_id, .appid = erasure->appid,
		.openid = erasure->openid, .unionid = target->unionid, .phone = target->phone,
	};

	return erasure_pending_add(
		db, &subject, target->before_us != 0 ? target->before_us : target->now_us);
}

/* Erases the locked user, or what there is of an openid alone. found: of lock_target(). */
static enum err erase_target(struct db *db, const struct erasure *erasure,
	struct erasure_target *target, enum err found, struct erased *erased)
{
	enum err err = found == ERR_NONE
		? delete_user(db, target, erased)
		: erasure_rows_delete(
			db, ERASE_BY_openid | ERASE_BY_openid_hash, target, erased);

	if (err != ERR_NONE || erased->n_tables == 0)
		return err;
	err = audit_erasure(db, erasure, erased);
	erased->receipt = db->insert_id;
	if (err == ERR_NONE && !erasure->is_dry_run && !erasure->is_replay)
		err = write_tombstone(db, erasure, target);
	return err;
}

/* ---- An account. */

static enum err erase_user_of(struct db *db, const struct account_erasure *account,
	const struct account_user *user, bool takes_member, struct erased *erased)
{
	const struct erasure erasure = {
		.tenant_id = user->tenant_id, .app_id = user->app_id, .appid = user->appid,
		.openid = user->openid, .actor = account->actor,
		.revoke_info = account->revoke_info, .is_dry_run = account->is_dry_run,
		.is_replay = account->is_replay,
	};
	struct erasure_target target = {
		.tenant_id = user->tenant_id, .app_id = user->app_id, .openid = user->openid,
	};
	struct member_erasure member = {
		.tenant_id = user->tenant_id, .actor = account->actor, .keeps_bound = true,
		.is_dry_run = account->is_dry_run, .is_replay = account->is_replay,
	};
	enum err err = lock_target(db, &target);

	if (err == ERR_USER_UNKNOWN)
		return transaction_again(db);
	member.id = target.member_id;
	if (err == ERR_NONE)
		err = erase_target(db, &erasure, &target, err, erased);
	if (err != ERR_NONE || !takes_member || member.id == 0)
		return err;
	return member_erasure_apply(db, &member, erased);
}

enum err erasure_apply_account(
	struct db *db, const struct account_erasure *erasure, struct erased *erased_r)
{
	struct account_user key = {.tenant_id = erasure->tenant_id, .account_id = erasure->id};
	const struct account_user *users;
	bool takes_member;
	void *rows;
	size_t n;
	enum err err = setting_bool(
		db, erasure->tenant_id, SETTING_erase_member, &takes_member);

	*erased_r = (struct erased){0};
	if (err == ERR_NONE && erasure->is_due)
		err = stmt_need(db, &statements[LOCK_DUE], &key, &key, ERR_ABSENT);
	takes_member = takes_member && !erasure->keeps_member;
	if (err == ERR_NONE)
		err = stmt_all(db, &statements[USERS], &key, &rows, &n);
	if (err != ERR_NONE)
		return err == ERR_ABSENT ? ERR_NONE : err;
	users = rows;
	for (size_t i = 0; i < n && err == ERR_NONE; i++)
		err = erase_user_of(db, erasure, &users[i], takes_member, erased_r);
	return err;
}

struct erasure_ctx {
	const struct erasure *erasure;
	const struct account_erasure *account;
	struct erased *erased;
};

static enum err erase_account(struct db *db, void *ctx)
{
	const struct erasure_ctx *erasing = ctx;

	return erasure_apply_account(db, erasing->account, erasing->erased);
}

enum err erasure_run_account(
	struct db *db, const struct account_erasure *erasure, struct erased *erased_r)
{
	struct erasure_ctx erasing = {.account = erasure, .erased = erased_r};

	return transaction_run(db, erase_account, &erasing);
}

/* ---- A user. */

static enum err erase_closed(struct db *db, const struct erasure *erasure,
	const struct erasure_target *target, struct erased *erased)
{
	const struct account_erasure account = {
		.tenant_id = target->tenant_id, .id = target->account_id, .actor = erasure->actor,
		.revoke_info = erasure->revoke_info, .is_dry_run = erasure->is_dry_run,
		.is_replay = erasure->is_replay,
	};

	return erasure_apply_account(db, &account, erased);
}

enum err erasure_apply(struct db *db, const struct erasure *erasure, struct erased *erased_r)
{
	struct erasure_target target = {
		.tenant_id = erasure->tenant_id, .app_id = erasure->app_id,
		.openid = erasure->openid, .before_us = erasure->before_us,
	};
	enum err err = lock_target(db, &target);

	*erased_r = (struct erased){0};
	if (err != ERR_NONE && err != ERR_USER_UNKNOWN)
		return err;
	return target.is_closed && !(erasure->keeps_others && target.has_others)
		? erase_closed(db, erasure, &target, erased_r)
		: erase_target(db, erasure, &target, err, erased_r);
}

static enum err erasure_in_transaction(struct db *db, void *ctx)
{
	const struct erasure_ctx *erasing = ctx;

	return erasure_apply(db, erasing->erasure, erasing->erased);
}

enum err erasure_run(struct db *db, const struct erasure *erasure, struct erased *erased_r)
{
	struct erasure_ctx erasing = {.erasure = erasure, .erased = erased_r};

	return erasure->is_dry_run ? transaction_dry_run(db, erasure_in_transaction, &erasing)
				   : transaction_run(db, erasure_in_transaction, &erasing);
}
