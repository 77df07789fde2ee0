#include "account_link.h"
#include "arena.h"
#include "conf.h"
#include "log.h"
#include "login.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "user_row.h"

/* Older claims do not count; WeChat forgets a code long before. */
#define CLAIM_LIFETIME "INTERVAL 10 MINUTE"
#define N_TRIES 3

struct claim_row {
	int64_t id;
	int32_t tenant_id;
	const char *code; /* behind its appid */
	const char *address;
	int32_t state; /* 0 pending, 1 success, 2 refused */
	int32_t wechat_user_id;
	const char *error;
	int64_t age_us;
	bool is_same_address, is_expired;
};

#define ROW(member, type) COLUMN(struct claim_row, member, type)
#define CODE_HASH KEYED(struct claim_row, code, "login_code")
#define ADDRESS_HASH KEYED(struct claim_row, address, "login_address")

#define OLD                                                                                     \
	"login_claim FORCE INDEX (login_claim_age) "                                            \
	"WHERE created_at <= UTC_TIMESTAMP(6) - " CLAIM_LIFETIME " ORDER BY created_at"

enum { TAKE, READ, DROP_EXPIRED, SUCCEED, REFUSE, RELEASE, PURGE };

static const struct stmt statements[] = {
	[TAKE] = {
		.text = "INSERT INTO login_claim (tenant_id, code_hash, address_hash, created_at) "
			"VALUES (?, ?, ?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(ROW(tenant_id, INT32), CODE_HASH, ADDRESS_HASH),
	},
	[READ] = {
		.text = "SELECT id, state, wechat_user_id, error, "
			"TIMESTAMPDIFF(MICROSECOND, created_at, UTC_TIMESTAMP(6)), "
			"address_hash = ?, "
			"created_at <= UTC_TIMESTAMP(6) - " CLAIM_LIFETIME " "
			"FROM login_claim WHERE code_hash = ?",
		.params = COLUMNS(ADDRESS_HASH, CODE_HASH),
		.columns = COLUMNS(ROW(id, INT64), ROW(state, INT32), ROW(wechat_user_id, REF),
			ROW(error, STR), ROW(age_us, INT64), ROW(is_same_address, BOOL),
			ROW(is_expired, BOOL)),
	},
	[DROP_EXPIRED] = {
		.text = "DELETE FROM login_claim WHERE id = ? "
			"AND created_at <= UTC_TIMESTAMP(6) - " CLAIM_LIFETIME,
		.params = COLUMNS(ROW(id, INT64)),
	},
	[SUCCEED] = {
		.text = "UPDATE login_claim SET state = 1, wechat_user_id = ? "
			"WHERE id = ? AND state = 0",
		.params = COLUMNS(ROW(wechat_user_id, INT32), ROW(id, INT64)),
	},
	[REFUSE] = {
		.text = "UPDATE login_claim SET state = 2, error = ? WHERE id = ? AND state = 0",
		.params = COLUMNS(ROW(error, STR), ROW(id, INT64)),
	},
	[RELEASE] = {
		.text = "DELETE FROM login_claim WHERE id = ? AND state = 0",
		.params = COLUMNS(ROW(id, INT64)),
	},
	[PURGE] = STMT_PURGE("login_claim", "id", OLD, "login_claim.id = old.id"),
};

const struct stmt_table login_statements = STMT_TABLE(statements);

static struct claim_row claim_row_of(
	struct db *db, const struct app *app, const char *code, const char *address)
{
	return (struct claim_row){
		.tenant_id = app->tenant_id,
		.code = arena_printf(db->arena, "%s %s", app->appid, code),
		.address = address,
	};
}

static enum err err_named(const char *name)
{
	for (int err = 0; err < ERR_N; err++) {
		if (name != NULL && strcmp(err_name((enum err)err), name) == 0)
			return (enum err)err;
	}
	return ERR_CODE_USED;
}

static struct claim claim_of(const struct claim_row *row)
{
	static const enum claim_state states[] = {CLAIM_PENDING, CLAIM_SUCCESS, CLAIM_REFUSED};

	return (struct claim){
		.state = states[row->state],
		.id = row->id,
		.wechat_user_id = row->wechat_user_id,
		.err = row->state == 2 ? err_named(row->error) : ERR_NONE,
		.age_us = row->age_us,
		.is_same_address = row->is_same_address,
	};
}

/* Returns ERR_ABSENT if there is none, or it has expired. */
static enum err login_read_claim(struct db *db, struct claim_row *row)
{
	enum err err = stmt_need_synced(db, &statements[READ], row, row, ERR_ABSENT);

	if (err != ERR_NONE || !row->is_expired)
		return err;
	err = stmt_write(db, &statements[DROP_EXPIRED], row);
	return err == ERR_NONE ? ERR_ABSENT : err;
}

/* A claim that is pending for longer than a request may take is that of a killed worker: whether it
 * has asked WeChat is not known. */
static enum err login_settle(
	struct db *db, const struct claim_row *row, struct claim *claim_r)
{
	*claim_r = claim_of(row);
	if (claim_r->state == CLAIM_PENDING &&
		claim_r->age_us > db->conf->server_request_deadline_ms * 1000)
		return db_refuse(db, ERR_CODE_PENDING, "a request ended without an outcome");
	return ERR_NONE;
}

/* The unique key decides; the claim of another request may be gone before it is read. */
static enum err login_take_or_read(
	struct db *db, struct claim_row *row, struct claim *claim_r)
{
	for (int i = 0; i < N_TRIES; i++) {
		enum err err = stmt_write(db, &statements[TAKE], row);

		if (err == ERR_NONE)
			*claim_r = (struct claim){
				.state = CLAIM_TAKEN, .id = db->insert_id,
			};
		if (err != ERR_DUPLICATE)
			return err;
		err = login_read_claim(db, row);
		if (err == ERR_NONE)
			return login_settle(db, row, claim_r);
		if (err != ERR_ABSENT)
			return err;
	}
	return db_refuse(db, ERR_CODE_PENDING, "other requests claimed the code in turn");
}

enum err login_claim(struct db *db, const struct app *app, const char *code, const char *address,
	struct claim *claim_r)
{
	struct claim_row row = claim_row_of(db, app, code, address);

	return login_take_or_read(db, &row, claim_r);
}

enum err login_claim_poll(struct db *db, const struct app *app, const char *code,
	const char *address, struct claim *claim_r)
{
	struct claim_row row = claim_row_of(db, app, code, address);
	enum err err = login_read_claim(db, &row);

	if (err == ERR_ABSENT)
		return login_take_or_read(db, &row, claim_r);
	return err == ERR_NONE ? login_settle(db, &row, claim_r) : err;
}

enum err login_refuse(struct db *db, const struct claim *claim, enum err err)
{
	const struct claim_row row = {.id = claim->id, .error = err_name(err)};

	return stmt_write(db, &statements[REFUSE], &row);
}

enum err login_release(struct db *db, const struct claim *claim)
{
	const struct claim_row row = {.id = claim->id};

	return stmt_write(db, &statements[RELEASE], &row);
}

enum err login_purge(struct db *db)
{
	return stmt_write(db, &statements[PURGE], NULL);
}

struct login_ctx {
	const struct claim *claim;
	const struct app *app;
	const struct wechat_login *login;
	struct account *account;
};

static struct profile profile_of(const struct wechat_login *login)
{
	return (struct profile){
		.name = login->nickname,
		.avatar = login->avatar,
		.language = login->language,
		.country = login->country,
		.province = login->province,
		.city = login->city,
		.gender = login->gender,
	};
}

static enum err login_lock_user(struct db *db, const struct app *app,
	const struct wechat_login *login, struct user_row *user_r)
{
	enum err err = user_row_lock_or_init(db, app->tenant_id, login->openid, user_r);

	if (err != ERR_NONE)
		return err;
	if (!user_row_take_app(user_r, app->id)) {
		log_error("WeChat gave %s an openid that is another app's", app->appid);
		return ERR_UPSTREAM;
	}
	user_r->is_exchanged = true;
	user_r->session_key = login->session_key;
	return ERR_NONE;
}

static enum err login_succeed(struct db *db, const struct claim *claim, int32_t wechat_user_id)
{
	const struct claim_row row = {.id = claim->id, .wechat_user_id = wechat_user_id};

	return stmt_change(db, &statements[SUCCEED], &row, ERR_CODE_PENDING);
}

static enum err complete_login(struct db *db, void *ctx)
{
	const struct login_ctx *completing = ctx;
	const struct wechat_login *login = completing->login;
	const struct profile profile = profile_of(login);
	struct user_row user;
	struct account_link link = {
		.app = completing->app,
		.unionid = str_is_openid(login->unionid) ? login->unionid : NULL,
		.user = &user,
		.change = &profile,
		.source = PROFILE_FROM_WECHAT,
	};
	enum err err = login_lock_user(db, completing->app, login, &user);

	if (err == ERR_NONE)
		err = account_link_user(db, &link);
	if (err == ERR_NONE)
		err = login_succeed(db, completing->claim, user.id);
	if (err == ERR_NONE)
		err = account_by_wechat_user(
			db, user.tenant_id, user.id, completing->account);
	return err;
}

enum err login_complete(struct db *db, const struct claim *claim, const struct app *app,
	const struct wechat_login *login, struct account *account_r)
{
	struct login_ctx ctx = {
		.claim = claim,
		.app = app,
		.login = login,
		.account = account_r,
	};

	return transaction_run(db, complete_login, &ctx);
}
