#include "account.h"
#include "account_close.h"
#include "app.h"
#include "arena.h"
#include "audit.h"
#include "clock.h"
#include "erasure.h"
#include "principal.h"
#include "setting.h"
#include "stmt.h"
#include "transaction.h"
#include "user_row.h"

#define DAY_US (24 * 3600 * CLOCK_SECOND_US)
#define DUE_PAGE 10
#define FIRST_DUE_US 1 /* 0 is NULL */

struct closing_row {
	struct account_ref ref;
	int32_t wechat_user_id;
	int32_t n_days;
	bool is_active, is_closed;
	int64_t erases_us; /* 0: the account is open */
	int64_t now_us;
};

#define ROW(member, type) COLUMN(struct closing_row, member, type)

struct joining_row {
	int32_t tenant_id, app_id;
	const char *openid;
	struct uuid account_id;
};

#define JOINING(member, type) COLUMN(struct joining_row, member, type)

enum { FIND, LOCK, LOCK_OF_USER, SET_TIME, SET_USERS, JOIN, DUE };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT erases_at FROM account "
			"WHERE tenant_id = ? AND id = ? AND erases_at IS NOT NULL",
		.params = COLUMNS(ROW(ref.tenant_id, INT32), ROW(ref.id, UUID)),
		.columns = COLUMNS(ROW(erases_us, TIME)),
	},
	[LOCK] = {
		.text = "SELECT erases_at, UTC_TIMESTAMP(6) FROM account "
			"WHERE tenant_id = ? AND id = ? AND NOT is_deleted FOR UPDATE",
		.params = COLUMNS(ROW(ref.tenant_id, INT32), ROW(ref.id, UUID)),
		.columns = COLUMNS(ROW(erases_us, TIME), ROW(now_us, TIME)),
	},
	[LOCK_OF_USER] = {
		.text = "SELECT a.id, a.is_active, a.erases_at, UTC_TIMESTAMP(6) "
			"FROM wechat_user u JOIN account a ON a.id = u.account_id "
			"WHERE u.tenant_id = ? AND u.id = ? AND NOT a.is_deleted FOR UPDATE",
		.params = COLUMNS(ROW(ref.tenant_id, INT32), ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(ref.id, UUID), ROW(is_active, BOOL), ROW(erases_us, TIME),
			ROW(now_us, TIME)),
	},
	[SET_TIME] = {
		.text = "UPDATE account SET erases_at = ?, is_active = NOT ? "
			"WHERE tenant_id = ? AND id = ?",
		.params = COLUMNS(ROW(erases_us, TIME), ROW(is_closed, BOOL),
			ROW(ref.tenant_id, INT32), ROW(ref.id, UUID)),
	},
	[SET_USERS] = {
		.text = "UPDATE wechat_user SET " USER_ROW_SET_CHANGED("") ", is_closed = ? "
			"WHERE tenant_id = ? AND account_id = ?",
		.changes_users = true,
		.params = COLUMNS(ROW(is_closed, BOOL), ROW(ref.tenant_id, INT32),
			ROW(ref.id, UUID)),
	},
	[JOIN] = {
		.text = "UPDATE wechat_user u JOIN account a ON a.id = ? "
			"SET " USER_ROW_SET_CHANGED("u.") ", u.app_id = ?, u.account_id = a.id, "
			"u.is_closed = 1, a.n_moves = a.n_moves + 1 "
			"WHERE u.tenant_id = ? AND u.openid = ? AND u.account_id IS NULL "
			"AND a.tenant_id = u.tenant_id AND a.erases_at IS NOT NULL",
		.changes_users = true,
		.params = COLUMNS(JOINING(account_id, UUID), JOINING(app_id, INT32),
			JOINING(tenant_id, INT32), JOINING(openid, STR)),
	},
	[DUE] = {
		.text = "SELECT tenant_id, id, erases_at FROM account "
			"WHERE erases_at <= UTC_TIMESTAMP(6) AND erases_at >= ? "
			"AND (erases_at > ? OR id > ?) ORDER BY erases_at, id "
			"LIMIT " STMT_NUMBER(DUE_PAGE),
		.any_tenant = STMT_OF_JOB,
		.params = COLUMNS(ROW(erases_us, TIME), ROW(erases_us, TIME), ROW(ref.id, UUID)),
		.columns = COLUMNS(ROW(ref.tenant_id, INT32), ROW(ref.id, UUID),
			ROW(erases_us, TIME)),
		.row_size = sizeof(struct closing_row),
	},
};

const struct stmt_table account_close_statements = STMT_TABLE(statements);

/* Stores erases_us; the account's users follow. */
static enum err closing_store(struct db *db, struct closing_row *row)
{
	enum err err;

	row->is_closed = row->erases_us != 0;
	err = stmt_write(db, &statements[SET_TIME], row);
	if (err == ERR_NONE)
		err = stmt_write(db, &statements[SET_USERS], row);
	return err == ERR_NONE ? account_revoke_tokens(db, row->ref.tenant_id, row->ref.id) : err;
}

static enum err closing_audit(struct db *db, const struct closing_row *row, const char *action,
	const char *actor)
{
	char id[UUID_TEXT_SIZE];
	const struct audit_entry entry = {
		.tenant_id = row->ref.tenant_id, .action = action, .actor = actor, .subject = id,
		.details = arena_printf(db->arena, "{\"days\":%d}", row->n_days),
	};

	uuid_format(row->ref.id, id);
	return audit_write(db, &entry);
}

struct closing_ctx {
	const struct principal *principal;
	int32_t n_days;
	struct closing *closing;
};

static enum err erase_at_once(
	struct db *db, const struct closing_ctx *ctx, const struct closing_row *row)
{
	const struct account_erasure erasure = {
		.tenant_id = row->ref.tenant_id, .id = row->ref.id, .actor = ctx->principal->name,
	};
	struct erased erased;
	enum err err = erasure_apply_account(db, &erasure, &erased);

	*ctx->closing = (struct closing){
		.receipt = erased.receipt, .is_erased = true, .erases_us = row->now_us,
	};
	return err;
}

static enum err close_for_days(
	struct db *db, const struct closing_ctx *ctx, struct closing_row *row)
{
	enum err err;

	row->erases_us = row->now_us + row->n_days * DAY_US;
	err = closing_store(db, row);
	if (err == ERR_NONE)
		err = closing_audit(db, row, "account.close", ctx->principal->name);
	*ctx->closing = (struct closing){.receipt = db->insert_id, .erases_us = row->erases_us};
	return err;
}

static enum err close_account(struct db *db, void *ctx)
{
	const struct closing_ctx *closing = ctx;
	struct closing_row row = {
		.ref.tenant_id = closing->principal->tenant_id,
		.wechat_user_id = closing->principal->wechat_user_id,
		.n_days = closing->n_days,
	};
	enum err err = stmt_need(db, &statements[LOCK_OF_USER], &row, &row, ERR_USER_UNKNOWN);

	if (err != ERR_NONE)
		return err;
	if (!row.is_active)
		return db_refuse(db, ERR_TOKEN_REVOKED, "the account is disabled or closed");
	return row.n_days == 0 ? erase_at_once(db, closing, &row)
			       : close_for_days(db, closing, &row);
}

enum err account_close(
	struct db *db, const struct principal *principal, struct closing *closing_r)
{
	struct closing_ctx ctx = {.principal = principal, .closing = closing_r};
	enum err err = setting_int(
		db, principal->tenant_id, SETTING_erasure_days, &ctx.n_days);

	return err == ERR_NONE ? transaction_run(db, close_account, &ctx) : err;
}

enum err account_find_closed(struct db *db, const struct account_ref *ref, int64_t *erases_us_r)
{
	struct closing_row row = {.ref = *ref};
	enum err err = stmt_need(db, &statements[FIND], &row, &row, ERR_ABSENT);

	*erases_us_r = row.erases_us;
	return err;
}

struct reopening {
	const struct account_ref *ref;
	const char *actor;
};

static enum err reopen_account(struct db *db, void *ctx)
{
	const struct reopening *reopening = ctx;
	struct closing_row row = {.ref = *reopening->ref};
	enum err err = stmt_need(db, &statements[LOCK], &row, &row, ERR_USER_UNKNOWN);

	if (err != ERR_NONE)
		return err;
	if (row.erases_us == 0)
		return ERR_ABSENT;
	row.n_days = (int32_t)((row.erases_us - row.now_us) / DAY_US);
	row.erases_us = 0;
	err = closing_store(db, &row);
	return err == ERR_NONE ? closing_audit(db, &row, "account.reopen", reopening->actor) : err;
}

enum err account_reopen(struct db *db, const struct account_ref *ref, const char *actor)
{
	struct reopening ctx = {.ref = ref, .actor = actor};

	return transaction_run(db, reopen_account, &ctx);
}

enum err account_close_join(
	struct db *db, const struct app *app, const char *openid, struct uuid account_id)
{
	const struct joining_row row = {
		.tenant_id = app->tenant_id,
		.app_id = app->id,
		.openid = openid,
		.account_id = account_id,
	};

	return stmt_write(db, &statements[JOIN], &row);
}

/* ---- The job. */

/* Adds to n_erased. */
static enum err erase_one_due(struct db *db, const struct account_ref *ref, int64_t *n_erased)
{
	const struct account_erasure erasure = {
		.tenant_id = ref->tenant_id, .id = ref->id, .actor = "job", .is_due = true,
	};
	struct erased erased;
	enum err err = erasure_run_account(db, &erasure, &erased);

	*n_erased += err == ERR_NONE && erased.is_found;
	return err;
}

enum err account_erase_due(
	struct db *db, struct due_place *place, int64_t *n_erased_r, bool *is_over_r)
{
	const struct closing_row from = {
		.ref.id = place->id,
		.erases_us = place->erases_us == 0 ? FIRST_DUE_US : place->erases_us,
	};
	const struct closing_row *due;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[DUE], &from, &rows, &n);

	*n_erased_r = 0;
	due = rows;
	for (size_t i = 0; err == ERR_NONE && i < n; i++) {
		err = erase_one_due(db, &due[i].ref, n_erased_r);
		*place = (struct due_place){due[i].erases_us, due[i].ref.id};
	}
	*is_over_r = err == ERR_NONE && n < DUE_PAGE;
	return err;
}
