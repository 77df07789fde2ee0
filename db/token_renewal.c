#include "active_day.h"
#include "api_key_find.h"
#include "arena.h"
#include "audit.h"
#include "clock.h"
#include "counters.h"
#include "log.h"
#include "principal.h"
#include "secret.h"
#include "stmt.h"
#include "tenant.h"
#include "token_renewal.h"
#include "token_row.h"
#include "transaction.h"

#define REPEAT_US (10 * CLOCK_SECOND_US)

#define ROW(member, type) COLUMN(struct token_row, member, type)

enum { LOCK_USER, ROTATE };

static const struct stmt statements[] = {
	/* The first lock: the foreign key locks the user of a token that is added or revoked. The
	 * app is read here, since the release before changes it in the user alone. */
	[LOCK_USER] = {
		.text = "SELECT tenant_id, id, app_id FROM wechat_user WHERE id = ? FOR UPDATE",
		.params = COLUMNS(ROW(tenant_id, TENANT), ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(tenant_id, TENANT), ROW(wechat_user_id, INT32),
			ROW(app_id, REF)),
	},
	[ROTATE] = {
		.text = "UPDATE access_token SET rotated_at = ? "
			"WHERE tenant_id = ? AND id = ? AND revoked_at IS NULL",
		.params = COLUMNS(ROW(rotated_us, TIME), ROW(tenant_id, INT32), ROW(id, INT64)),
	},
};

const struct stmt_table token_renewal_statements = STMT_TABLE(statements);

struct renewal {
	struct token_row row, successor;
	const char *presented;
	char *successor_text;
	bool is_reused;
};

static enum err token_check_renewable(struct db *db, const struct token_row *row)
{
	if (tenant_is_disabled(db, row->tenant_id))
		return ERR_TENANT_DISABLED;
	if (!row->is_of_account)
		return db_refuse(db, ERR_TOKEN_REVOKED, TOKEN_ROW_NOT_OF_ACCOUNT);
	if (row->revoked_us != 0)
		return db_refuse(db, ERR_TOKEN_REVOKED, TOKEN_ROW_REVOKED);
	if (row->now_us >= row->expires_us + TOKEN_RENEWABLE_DAYS * CLOCK_DAY_US)
		return db_refuse(db, ERR_TOKEN_EXPIRED, "the token expired too long ago");
	if (row->now_us >= token_row_family_ends_us(row))
		return db_refuse(db, ERR_TOKEN_EXPIRED, "the login is too long ago");
	return api_key_check_opener(db, row->tenant_id, row->opened_by);
}

/* The user was stored on the day of the login at the latest. */
static enum err token_add_day(struct db *db, const struct token_row *row)
{
	const struct active_day day = {
		.tenant_id = row->tenant_id, .app_id = row->app_id,
		.wechat_user_id = row->wechat_user_id, .account_id = row->account_id,
	};

	if (row->app_id == 0 || active_day_is_same(row->issued_us, row->now_us))
		return ERR_NONE;
	return active_day_add(db, &day);
}

/* Another request may have revoked the token after it was read. */
static enum err token_rotate(struct db *db, struct renewal *renewal)
{
	struct token_row *row = &renewal->row;
	enum err err;

	row->rotated_us = row->now_us;
	err = stmt_change(db, &statements[ROTATE], row, ERR_ABSENT);
	if (err == ERR_ABSENT)
		return transaction_again(db);
	if (err == ERR_NONE)
		err = token_row_insert(db, &renewal->successor);
	return err == ERR_NONE ? token_add_day(db, row) : err;
}

/* Finds the token that the renewal before gave out, maybe under another look-up key. There is none
 * if that key is gone. */
static enum err token_find_successor(struct db *db, struct renewal *renewal)
{
	enum err err = token_row_read(db, &renewal->successor);

	for (size_t i = 0; err == ERR_UNAUTHORIZED &&
		secret_token_derive_of(db->keys, i, renewal->presented, renewal->successor_text);
		i++) {
		token_row_hash(&renewal->successor, renewal->successor_text);
		err = token_row_read(db, &renewal->successor);
	}
	if (err != ERR_UNAUTHORIZED)
		return err;
	return db_refuse(
		db, ERR_TOKEN_EXPIRED, "the look-up key changed between two renewals");
}

static enum err token_end_family(struct db *db, const struct token_row *row)
{
	const struct audit_entry entry = {
		.tenant_id = row->tenant_id,
		.action = "token.reuse",
		.actor = "renewal",
		.subject = arena_printf(db->arena, "wechat_user %d", row->wechat_user_id),
		.details = "{}",
	};
	enum err err = token_row_revoke_family(db, row);

	return err == ERR_NONE ? audit_write(db, &entry) : err;
}

static enum err token_renew_locked(struct db *db, void *ctx)
{
	struct renewal *renewal = ctx;
	struct token_row *row = &renewal->row;
	enum err err = stmt_need(db, &statements[LOCK_USER], row, row, ERR_UNAUTHORIZED);

	if (err == ERR_NONE)
		err = token_row_read(db, row);
	if (err == ERR_NONE)
		err = token_check_renewable(db, row);
	if (err != ERR_NONE)
		return err;
	renewal->successor = *row;
	token_row_hash(&renewal->successor, renewal->successor_text);
	if (row->rotated_us == 0)
		return token_rotate(db, renewal);
	renewal->is_reused = row->now_us - row->rotated_us > REPEAT_US;
	return renewal->is_reused ? token_end_family(db, row)
					: token_find_successor(db, renewal);
}

static enum err token_refuse_reuse(struct db *db, const struct token_row *row)
{
	counter_add(COUNTER_TOKEN_REUSED, 1);
	log_event(LOG_LEVEL_WARNING, "an access token was renewed twice, its login has ended");
	log_int("tenant", row->tenant_id);
	log_int("wechat_user", row->wechat_user_id);
	log_end();
	return db_refuse(db, ERR_TOKEN_REVOKED, "the token was renewed twice");
}

enum err token_renew(struct db *db, const char *presented, struct access_token *token_r,
	struct principal *principal)
{
	struct renewal renewal = {
		.presented = presented,
		.successor_text = token_r->text,
		.row = {
			.tenant_id = principal->tenant_id,
			.wechat_user_id = principal->wechat_user_id,
		},
	};
	struct token_row *row = &renewal.row;
	enum err err = ERR_NONE;

	token_row_hash(row, presented);
	secret_token_derive(db->keys, presented, token_r->text);
	if (row->wechat_user_id == 0)
		err = token_row_read(db, row);
	if (err != ERR_NONE)
		return err;
	err = transaction_run(db, token_renew_locked, &renewal);
	if (err == ERR_NONE && renewal.is_reused)
		return token_refuse_reuse(db, row);
	token_r->issued_us = renewal.successor.issued_us;
	token_r->expires_us = renewal.successor.expires_us;
	*principal = token_row_principal(db, &renewal.successor);
	return err;
}
