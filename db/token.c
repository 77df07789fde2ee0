#include "account.h"
#include "active_day.h"
#include "api_key_find.h"
#include "arena.h"
#include "audit.h"
#include "clock.h"
#include "counters.h"
#include "crypto.h"
#include "log.h"
#include "secret.h"
#include "stmt.h"
#include "tenant.h"
#include "token.h"
#include "transaction.h"

#define DAY_US (24 * 3600 * CLOCK_SECOND_US)
#define LIFETIME_S 7200
#define MAX_FAMILIES 10 /* of a user */
#define REPEAT_US (10 * CLOCK_SECOND_US)

struct token_row {
	int64_t id;
	int32_t tenant_id, wechat_user_id;
	struct uuid family;
	uint8_t hash[CRYPTO_HASH_SIZE];
	struct uuid security_stamp;
	int64_t began_us, issued_us, expires_us;
	int64_t rotated_us, revoked_us; /* 0: it was not */
	struct uuid account_id;
	int32_t app_id, opened_by;
	const char *openid;
	int64_t n_tokens;   /* of the user, without those that were revoked */
	bool is_of_account; /* the account may log in, and has not revoked its tokens since */
	int64_t now_us;
};

#define ROW(member, type) COLUMN(struct token_row, member, type)
#define DAYS(number) "INTERVAL " STMT_NUMBER(number) " DAY"

/* SQL: the column of the user whose access_token it is. */
#define OF_USER(column) "(SELECT u." column " FROM wechat_user u WHERE u.id = wechat_user_id)"

#define OLD                                                                                     \
	"access_token FORCE INDEX (access_token_age) "                                          \
	"WHERE expires_at <= UTC_TIMESTAMP(6) - " DAYS(TOKEN_RENEWABLE_DAYS + 1)                \
	" ORDER BY expires_at"

enum {
	FIND, NAME_OWNER, LOCK_USER, BEGIN_FAMILY, ADD_FIRST, ADD, COUNT, SURPLUS, END_FAMILY,
	ROTATE, REVOKE, SET_APP, PURGE,
};

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT t.id, t.tenant_id, t.wechat_user_id, t.family, t.security_stamp, "
			"t.began_at, t.issued_at, t.expires_at, t.rotated_at, t.revoked_at, "
			"t.account_id, t.openid, t.api_key_id, " TOKEN_IS_OF_ACCOUNT
			", UTC_TIMESTAMP(6) FROM " TOKEN_AND_ACCOUNT " WHERE t.hash = ?",
		.reads_again = true,
		.any_tenant = STMT_BY_HASH,
		.params = COLUMNS(ROW(hash, HASH)),
		.columns = COLUMNS(ROW(id, INT64), ROW(tenant_id, INT32),
			ROW(wechat_user_id, INT32), ROW(family, UUID), ROW(security_stamp, UUID),
			ROW(began_us, TIME), ROW(issued_us, TIME), ROW(expires_us, TIME),
			ROW(rotated_us, TIME), ROW(revoked_us, TIME), ROW(account_id, UUID),
			ROW(openid, STR), ROW(opened_by, REF), ROW(is_of_account, BOOL),
			ROW(now_us, TIME)),
	},
	/* Subqueries lock no user, as a join would. They read it after the token is locked, so that
	 * a merge in between, which writes the user first, moves the token or is seen. */
	[NAME_OWNER] = {
		.text = "UPDATE access_token SET account_id = " OF_USER("account_id") ", "
			"app_id = " OF_USER("app_id") ", openid = " OF_USER("openid")
			" WHERE hash = ? AND account_id IS NULL",
		.any_tenant = STMT_BY_HASH,
		.params = COLUMNS(ROW(hash, HASH)),
	},
	/* The first lock: the foreign key locks the user of a token that is added or revoked. The
	 * app is read here, since the release before changes it in the user alone. */
	[LOCK_USER] = {
		.text = "SELECT tenant_id, id, app_id FROM wechat_user WHERE id = ? FOR UPDATE",
		.params = COLUMNS(ROW(tenant_id, TENANT), ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(tenant_id, TENANT), ROW(wechat_user_id, INT32),
			ROW(app_id, REF)),
	},
	[BEGIN_FAMILY] = {
		.text = "UPDATE wechat_user FORCE INDEX (PRIMARY) SET version = version + 1, "
			"n_token_families = n_token_families + 1 "
			"WHERE tenant_id = ? AND id = ?",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(wechat_user_id, INT32)),
	},
	[ADD_FIRST] = {
		.text = "INSERT INTO access_token (tenant_id, wechat_user_id, family, hash, "
			"security_stamp, account_id, app_id, openid, api_key_id, began_at, "
			"issued_at, expires_at) SELECT u.tenant_id, u.id, ?, ?, "
			"a.security_stamp, a.id, u.app_id, u.openid, ?, UTC_TIMESTAMP(6), "
			"UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL " STMT_NUMBER(LIFETIME_S)
			" SECOND FROM wechat_user u FORCE INDEX (PRIMARY) "
			"JOIN account a FORCE INDEX (PRIMARY) ON a.id = u.account_id "
			"WHERE u.tenant_id = ? AND u.id = ? AND " ACCOUNT_MAY_LOG_IN " "
			"RETURNING issued_at, expires_at",
		.params = COLUMNS(ROW(family, UUID), ROW(hash, HASH), ROW(opened_by, REF),
			ROW(tenant_id, INT32), ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(issued_us, TIME), ROW(expires_us, TIME)),
	},
	[ADD] = {
		.text = "INSERT INTO access_token (tenant_id, wechat_user_id, family, hash, "
			"security_stamp, account_id, app_id, openid, api_key_id, began_at, "
			"issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(wechat_user_id, INT32),
			ROW(family, UUID), ROW(hash, HASH), ROW(security_stamp, UUID),
			ROW(account_id, UUID), ROW(app_id, REF), ROW(openid, STR),
			ROW(opened_by, REF), ROW(began_us, TIME), ROW(issued_us, TIME),
			ROW(expires_us, TIME)),
	},
	/* By the index alone. There are not more families. */
	[COUNT] = {
		.text = "SELECT COUNT(*) FROM access_token "
			"WHERE wechat_user_id = ? AND revoked_at IS NULL",
		.any_tenant = "an insert has just compared the user's tenant",
		.params = COLUMNS(ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(n_tokens, INT64)),
	},
	/* The families that can be renewed, except the ten that began last. An UPDATE that joins
	 * them costs the server more than this and that of one of them. */
	[SURPLUS] = {
		.text = "SELECT tenant_id, family FROM access_token "
			"FORCE INDEX (access_token_of_user) "
			"WHERE tenant_id = ? AND wechat_user_id = ? AND revoked_at IS NULL "
			"AND rotated_at IS NULL AND " TOKEN_IS_RENEWABLE("") " "
			"ORDER BY began_at DESC, id DESC LIMIT 1000 OFFSET "
			STMT_NUMBER(MAX_FAMILIES),
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(tenant_id, INT32), ROW(family, UUID)),
		.row_size = sizeof(struct token_row),
	},
	[END_FAMILY] = {
		.text = "UPDATE access_token FORCE INDEX (access_token_of_family) "
			"SET revoked_at = UTC_TIMESTAMP(6) "
			"WHERE tenant_id = ? AND family = ? AND revoked_at IS NULL",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(family, UUID)),
	},
	[ROTATE] = {
		.text = "UPDATE access_token SET rotated_at = ? "
			"WHERE tenant_id = ? AND id = ? AND revoked_at IS NULL",
		.params = COLUMNS(ROW(rotated_us, TIME), ROW(tenant_id, INT32), ROW(id, INT64)),
	},
	[REVOKE] = {
		.text = "UPDATE access_token t JOIN access_token mine ON mine.family = t.family "
			"SET t.revoked_at = UTC_TIMESTAMP(6) "
			"WHERE mine.hash = ? AND t.revoked_at IS NULL",
		.any_tenant = STMT_BY_HASH,
		.params = COLUMNS(ROW(hash, HASH)),
	},
	[SET_APP] = {
		.text = "UPDATE access_token SET app_id = ? "
			"WHERE tenant_id = ? AND wechat_user_id = ?",
		.params = COLUMNS(ROW(app_id, INT32), ROW(tenant_id, INT32),
			ROW(wechat_user_id, INT32)),
	},
	[PURGE] = STMT_PURGE("access_token", "id", OLD, "access_token.id = old.id"),
};

const struct stmt_table token_statements = STMT_TABLE(statements);

/* Reasons of a refusal. */
#define NOT_OF_ACCOUNT "the account may not log in, or has revoked its tokens"
#define REVOKED "the token was revoked"

static void token_hash_text(struct token_row *row, const char *text)
{
	crypto_sha256(text, SECRET_TOKEN_SIZE, row->hash);
}

static void token_copy_times(const struct token_row *row, struct access_token *token_r)
{
	token_r->issued_us = row->issued_us;
	token_r->expires_us = row->expires_us;
}

static struct principal token_principal(struct db *db, const struct token_row *row)
{
	return (struct principal){
		.kind = PRINCIPAL_ACCESS_TOKEN,
		.tenant_id = row->tenant_id,
		.name = arena_printf(db->arena, "wechat_user %d", row->wechat_user_id),
		.token_id = row->id,
		.wechat_user_id = row->wechat_user_id,
		.account_id = row->account_id,
		.openid = row->openid,
		.opened_by = row->opened_by,
	};
}

static int64_t family_ends_us(const struct token_row *row)
{
	return row->began_us + TOKEN_FAMILY_DAYS * DAY_US;
}

/* Inserts row as a token that begins now. */
static enum err token_insert(struct db *db, struct token_row *row)
{
	enum err err;

	row->issued_us = row->now_us;
	row->expires_us = row->now_us + LIFETIME_S * CLOCK_SECOND_US;
	if (row->expires_us > family_ends_us(row))
		row->expires_us = family_ends_us(row);
	err = stmt_write(db, &statements[ADD], row);
	row->id = db->insert_id;
	return err;
}

/* If the account has got another security stamp since it was read, the token is born revoked. */
static enum err token_insert_first(
	struct db *db, const struct token_owner *owner, struct token_row *row)
{
	row->account_id = owner->account_id;
	row->security_stamp = owner->security_stamp;
	row->app_id = owner->app_id;
	row->openid = owner->openid;
	row->began_us = row->now_us = owner->read_us;
	return token_insert(db, row);
}

static enum err token_end_surplus(struct db *db, const struct token_row *row)
{
	const struct token_row *surplus;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[SURPLUS], row, &rows, &n);

	surplus = rows;
	for (size_t i = 0; err == ERR_NONE && i < n; i++)
		err = stmt_write(db, &statements[END_FAMILY], &surplus[i]);
	return err;
}

/* Most users have few tokens, and COUNT costs the server less than SURPLUS. */
static enum err token_trim(struct db *db, struct token_row *row)
{
	enum err err = stmt_need(db, &statements[COUNT], row, row, ERR_INTERNAL);

	return err == ERR_NONE && row->n_tokens > MAX_FAMILIES ? token_end_surplus(db, row) : err;
}

enum err token_begin_written(
	struct db *db, const struct token_user *user, struct access_token *token_r)
{
	struct token_row row = {
		.tenant_id = user->tenant_id, .wechat_user_id = user->id, .family = uuid_random(),
		.opened_by = user->opened_by,
	};
	enum err err;

	secret_token_make(db->keys, SECRET_TOKEN_PREFIX_ACCESS, token_r->text);
	token_hash_text(&row, token_r->text);
	err = user->owner == NULL
		? stmt_need(db, &statements[ADD_FIRST], &row, &row, ERR_ACCOUNT_DISABLED)
		: token_insert_first(db, user->owner, &row);
	if (err == ERR_NONE && !user->is_new)
		err = token_trim(db, &row);
	token_copy_times(&row, token_r);
	return err;
}

struct token_ctx {
	struct token_user user;
	struct access_token *token;
};

static enum err token_begin_in_transaction(struct db *db, void *ctx)
{
	const struct token_ctx *issuing = ctx;
	const struct token_row row = {
		.tenant_id = issuing->user.tenant_id, .wechat_user_id = issuing->user.id,
	};
	enum err err = stmt_change(db, &statements[BEGIN_FAMILY], &row, ERR_USER_UNKNOWN);

	return err == ERR_NONE ? token_begin_written(db, &issuing->user, issuing->token) : err;
}

enum err token_issue(struct db *db, int32_t tenant_id, int32_t wechat_user_id,
	struct access_token *token_r)
{
	struct token_ctx ctx = {
		.user = {.tenant_id = tenant_id, .id = wechat_user_id}, .token = token_r,
	};

	return transaction_run(db, token_begin_in_transaction, &ctx);
}

enum err token_name_owner(struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE])
{
	struct token_row row;

	memcpy(row.hash, hash, sizeof(row.hash));
	return stmt_write(db, &statements[NAME_OWNER], &row);
}

/* Reads the token of row->hash. */
static enum err token_read(struct db *db, struct token_row *row)
{
	enum err err = stmt_need(db, &statements[FIND], row, row, ERR_UNAUTHORIZED);

	if (err != ERR_NONE || row->revoked_us != 0 || !uuid_is_nil(row->account_id))
		return err;
	err = token_name_owner(db, row->hash);
	return err == ERR_NONE ? stmt_need(db, &statements[FIND], row, row, ERR_UNAUTHORIZED)
			       : err;
}

enum err token_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r)
{
	struct token_row row;
	enum err err;

	memcpy(row.hash, hash, sizeof(row.hash));
	err = token_read(db, &row);
	if (err == ERR_UNAUTHORIZED)
		return db_refuse(db, err, "no such access token");
	if (err != ERR_NONE)
		return err;
	if (!row.is_of_account)
		return db_refuse(db, ERR_TOKEN_REVOKED, NOT_OF_ACCOUNT);
	if (row.revoked_us != 0)
		return db_refuse(db, ERR_TOKEN_REVOKED, REVOKED);
	if (row.rotated_us != 0)
		return db_refuse(db, ERR_TOKEN_EXPIRED, "the token was renewed");
	if (row.expires_us <= row.now_us)
		return db_refuse(db, ERR_TOKEN_EXPIRED, "the token's two hours are over");
	*principal_r = token_principal(db, &row);
	return api_key_check_opener(db, row.tenant_id, row.opened_by);
}

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
		return db_refuse(db, ERR_TOKEN_REVOKED, NOT_OF_ACCOUNT);
	if (row->revoked_us != 0)
		return db_refuse(db, ERR_TOKEN_REVOKED, REVOKED);
	if (row->now_us >= row->expires_us + TOKEN_RENEWABLE_DAYS * DAY_US)
		return db_refuse(db, ERR_TOKEN_EXPIRED, "the token expired too long ago");
	if (row->now_us >= family_ends_us(row))
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
		err = token_insert(db, &renewal->successor);
	return err == ERR_NONE ? token_add_day(db, row) : err;
}

/* Finds the token that the renewal before gave out, maybe under another look-up key. There is none
 * if that key is gone. */
static enum err token_find_successor(struct db *db, struct renewal *renewal)
{
	enum err err = token_read(db, &renewal->successor);

	for (size_t i = 0; err == ERR_UNAUTHORIZED &&
		secret_token_derive_of(db->keys, i, renewal->presented, renewal->successor_text);
		i++) {
		token_hash_text(&renewal->successor, renewal->successor_text);
		err = token_read(db, &renewal->successor);
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

	enum err err = stmt_write(db, &statements[REVOKE], row);

	return err == ERR_NONE ? audit_write(db, &entry) : err;
}

static enum err token_renew_locked(struct db *db, void *ctx)
{
	struct renewal *renewal = ctx;
	struct token_row *row = &renewal->row;
	enum err err = stmt_need(db, &statements[LOCK_USER], row, row, ERR_UNAUTHORIZED);

	if (err == ERR_NONE)
		err = token_read(db, row);
	if (err == ERR_NONE)
		err = token_check_renewable(db, row);
	if (err != ERR_NONE)
		return err;
	renewal->successor = *row;
	token_hash_text(&renewal->successor, renewal->successor_text);
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

	token_hash_text(row, presented);
	secret_token_derive(db->keys, presented, token_r->text);
	if (row->wechat_user_id == 0)
		err = token_read(db, row);
	if (err != ERR_NONE)
		return err;
	err = transaction_run(db, token_renew_locked, &renewal);
	if (err == ERR_NONE && renewal.is_reused)
		return token_refuse_reuse(db, row);
	token_copy_times(&renewal.successor, token_r);
	*principal = token_principal(db, &renewal.successor);
	return err;
}

enum err token_revoke(struct db *db, const char *presented)
{
	struct token_row row;

	token_hash_text(&row, presented);
	return stmt_write(db, &statements[REVOKE], &row);
}

enum err token_set_app(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, int32_t app_id)
{
	const struct token_row row = {
		.tenant_id = tenant_id, .wechat_user_id = wechat_user_id, .app_id = app_id,
	};

	return stmt_write(db, &statements[SET_APP], &row);
}

enum err token_purge(struct db *db)
{
	return stmt_write(db, &statements[PURGE], NULL);
}
