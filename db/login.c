#include "account_link.h"
#include "arena.h"
#include "conf.h"
#include "log.h"
#include "login.h"
#include "stmt.h"
#include "str.h"
#include "token.h"
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
	struct uuid account_id; /* of that user */
	bool is_new_account;
	const char *error;
	int64_t age_us;
	bool is_same_address, is_expired;
};

/* A known user who logs in: the view as it is to be stored. */
struct login_row {
	struct account_view view; /* first, for the columns of struct user_row */
	struct uuid stamp_before;
	int64_t claim_id;
};

#define ROW(member, type) COLUMN(struct claim_row, member, type)
#define CODE_HASH KEYED(struct claim_row, code, "login_code")
#define ADDRESS_HASH KEYED(struct claim_row, address, "login_address")

#define OLD                                                                                     \
	"login_claim FORCE INDEX (login_claim_age) "                                            \
	"WHERE created_at <= UTC_TIMESTAMP(6) - " CLAIM_LIFETIME " ORDER BY created_at"

#define LOGIN(member, type) COLUMN(struct login_row, member, type)
/* One statement, so that session and outcome are stored together or not at all. */
#define SET_SESSION                                                                             \
	"SET u.version = u.version + 1, u.session_key = ?, u.session_at = UTC_TIMESTAMP(6), "   \
	"u.exchanged_at = UTC_TIMESTAMP(6), c.state = 1, c.wechat_user_id = u.id"
#define IF_SAME "WHERE c.id = ? AND c.state = 0 AND u.id = ? AND u.version = ?"
#define SAME_COLUMNS LOGIN(claim_id, INT64), USER_ROW(id, INT32), USER_ROW(version, INT64)

enum {
	TAKE, READ, DROP_EXPIRED, LOG_IN, LOG_IN_CHANGED, SUCCEED, REFUSE, ADMIT, RELEASE, PURGE,
};

static const struct stmt statements[] = {
	[TAKE] = {
		.text = "INSERT INTO login_claim (tenant_id, code_hash, address_hash, created_at) "
			"VALUES (?, ?, ?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(ROW(tenant_id, INT32), CODE_HASH, ADDRESS_HASH),
	},
	[READ] = {
		.text = "SELECT id, state, wechat_user_id, (SELECT account_id FROM wechat_user u "
			"WHERE u.id = wechat_user_id), is_new_account, error, "
			"TIMESTAMPDIFF(MICROSECOND, created_at, UTC_TIMESTAMP(6)), "
			"address_hash = ?, "
			"created_at <= UTC_TIMESTAMP(6) - " CLAIM_LIFETIME " "
			"FROM login_claim WHERE code_hash = ?",
		.params = COLUMNS(ADDRESS_HASH, CODE_HASH),
		.columns = COLUMNS(ROW(id, INT64), ROW(state, INT32), ROW(wechat_user_id, REF),
			ROW(account_id, UUID), ROW(is_new_account, BOOL), ROW(error, STR),
			ROW(age_us, INT64), ROW(is_same_address, BOOL), ROW(is_expired, BOOL)),
	},
	[DROP_EXPIRED] = {
		.text = "DELETE FROM login_claim WHERE id = ? "
			"AND created_at <= UTC_TIMESTAMP(6) - " CLAIM_LIFETIME,
		.params = COLUMNS(ROW(id, INT64)),
	},
	[LOG_IN] = {
		.text = "UPDATE wechat_user u JOIN login_claim c " SET_SESSION " " IF_SAME,
		.params = COLUMNS(USER_ROW_SESSION_KEY, SAME_COLUMNS),
	},
	[LOG_IN_CHANGED] = {
		.text = "UPDATE wechat_user u JOIN login_claim c "
			"JOIN account a ON a.id = u.account_id " SET_SESSION ", "
			"u.changed_at = UTC_TIMESTAMP(6), " USER_ROW_SET_PROFILE("u.") ", "
			"a.entity_version = ?, a.concurrency_stamp = ?, a.modified_at = ? " IF_SAME
			" AND a.concurrency_stamp = ?",
		.changes_users = true,
		.params = COLUMNS(USER_ROW_SESSION_KEY, USER_ROW_UPDATE,
			LOGIN(view.account.entity_version, INT32),
			LOGIN(view.concurrency_stamp, UUID), LOGIN(view.account.modified_us, TIME),
			SAME_COLUMNS, LOGIN(stamp_before, UUID)),
	},
	[SUCCEED] = {
		.text = "UPDATE login_claim SET state = 1, wechat_user_id = ?, is_new_account = ? "
			"WHERE id = ? AND state = 0",
		.params = COLUMNS(ROW(wechat_user_id, INT32), ROW(is_new_account, BOOL),
			ROW(id, INT64)),
	},
	/* Waits for an erasure of the user, after which the claim names nobody. */
	[REFUSE] = {
		.text = "UPDATE login_claim SET state = 2, error = ?, wechat_user_id = "
			"(SELECT id FROM wechat_user WHERE id = ? LOCK IN SHARE MODE) "
			"WHERE id = ? AND state = 0",
		.params = COLUMNS(ROW(error, STR), ROW(wechat_user_id, REF), ROW(id, INT64)),
	},
	[ADMIT] = {
		.text = "UPDATE login_claim SET state = 1, error = NULL "
			"WHERE id = ? AND state = 2 AND wechat_user_id IS NOT NULL",
		.params = COLUMNS(ROW(id, INT64)),
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
		.account_id = row->account_id,
		.is_new_account = row->is_new_account,
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
	enum err err = login_take_or_read(db, &row, claim_r);

	claim_r->app = app;
	return err;
}

enum err login_claim_poll(struct db *db, const struct app *app, const char *code,
	const char *address, struct claim *claim_r)
{
	struct claim_row row = claim_row_of(db, app, code, address);
	enum err err = login_read_claim(db, &row);

	if (err == ERR_ABSENT)
		return login_claim(db, app, code, address, claim_r);
	if (err == ERR_NONE)
		err = login_settle(db, &row, claim_r);
	claim_r->app = app;
	return err;
}

enum err login_refuse(struct db *db, const struct claim *claim, enum err err)
{
	const struct claim_row row = {
		.id = claim->id, .error = err_name(err), .wechat_user_id = claim->wechat_user_id,
	};

	return stmt_write(db, &statements[REFUSE], &row);
}

enum err login_admit(struct db *db, const struct claim *claim)
{
	const struct claim_row row = {.id = claim->id};

	return stmt_write(db, &statements[ADMIT], &row);
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
	struct claim *claim;
	const struct wechat_login *login;
	struct account *account;
	struct access_token *token; /* NULL: none is wanted */
	struct profile profile;
	/* What was read without a lock, for the first try alone: keys and versions refuse what is
	 * no longer so. */
	struct account_view_list list;
	bool is_settled; /* nothing changes but session and profile */
	bool is_new_user;
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

static const char *unionid_of(const struct wechat_login *login)
{
	return str_is_openid(login->unionid) ? login->unionid : NULL;
}

static struct account_link link_of(const struct login_ctx *ctx, struct user_row *user)
{
	return (struct account_link){
		.app = ctx->claim->app,
		.unionid = unionid_of(ctx->login),
		.user = user,
		.change = &ctx->profile,
		.source = PROFILE_FROM_WECHAT,
		.owner_id = ctx->list.views[0].owner_id,
	};
}

static enum err login_look(struct db *db, struct login_ctx *ctx)
{
	const struct app *app = ctx->claim->app;
	const char *openid = ctx->login->openid, *unionid = unionid_of(ctx->login);
	struct account_link link;
	enum err err = unionid != NULL
		? account_view_by_openid(db, app, openid, unionid, &ctx->list)
		: account_view_of_login(db, app, openid, &ctx->list);

	if (err != ERR_NONE)
		return err;
	ctx->is_new_user = ctx->list.views[0].account.wechat_user_id == 0;
	link = link_of(ctx, account_view_own(&ctx->list));
	ctx->is_settled = link.user != NULL && account_link_is_settled(&link);
	return ctx->is_settled ? account_view_check_login(db, &ctx->list) : ERR_NONE;
}

/* Stores session and profile of a user who is settled. Returns ERR_ABSENT, and changes nothing, if
 * another request has changed the user, the account or the claim. */
static enum err login_update(struct db *db, struct login_ctx *ctx)
{
	const struct account_view_list *list = &ctx->list;
	struct user_row *user = account_view_own(list);
	const struct profile_effect effect =
		user_row_apply(user, &ctx->profile, PROFILE_FROM_WECHAT);
	struct login_row row = {
		.claim_id = ctx->claim->id,
		.stamp_before = list->views[0].concurrency_stamp,
	};
	enum err err;

	user->session_key = ctx->login->session_key;
	if (effect.is_visible)
		account_view_touch(list);
	row.view = list->views[0];
	row.view.user = *user;
	err = stmt_change(
		db, &statements[effect.is_changed ? LOG_IN_CHANGED : LOG_IN], &row, ERR_ABSENT);
	if (err == ERR_NONE)
		err = account_view_show(db, list, ctx->account);
	ctx->is_settled = false;
	return err;
}

static enum err login_lock_user(
	struct db *db, const struct login_ctx *ctx, struct user_row *user_r)
{
	const struct app *app = ctx->claim->app;
	const char *openid = ctx->login->openid;
	enum err err = ERR_NONE;

	if (ctx->is_new_user)
		user_row_init(user_r, app->tenant_id, openid);
	else
		err = user_row_lock_or_init(db, app->tenant_id, openid, user_r);
	if (err != ERR_NONE)
		return err;
	if (!user_row_take_app(user_r, app->id)) {
		log_error("WeChat gave %s an openid that is another app's", app->appid);
		return ERR_UPSTREAM;
	}
	user_r->is_exchanged = true;
	user_r->session_key = ctx->login->session_key;
	return ERR_NONE;
}

static enum err login_succeed(struct db *db, const struct claim *claim, int32_t wechat_user_id)
{
	const struct claim_row row = {
		.id = claim->id,
		.wechat_user_id = wechat_user_id,
		.is_new_account = claim->is_new_account,
	};

	return stmt_change(db, &statements[SUCCEED], &row, ERR_CODE_PENDING);
}

static enum err login_link(struct db *db, struct login_ctx *ctx, bool *is_new_user_r)
{
	struct user_row user;
	struct account_link link = link_of(ctx, &user);
	enum err err = login_lock_user(db, ctx, &user);

	link.is_owner_known = ctx->is_new_user;
	ctx->is_new_user = false;
	if (err == ERR_NONE)
		err = account_link_user(db, &link);
	ctx->claim->is_new_account = link.is_new_account;
	if (err == ERR_NONE)
		err = login_succeed(db, ctx->claim, user.id);
	if (err == ERR_NONE)
		err = account_link_show(db, &link, ctx->account);
	*is_new_user_r = link.is_new_user;
	return err;
}

static enum err login_in_transaction(struct db *db, void *ctx_)
{
	struct login_ctx *ctx = ctx_;
	bool is_new_user = false;
	enum err err = ctx->is_settled ? login_update(db, ctx) : ERR_ABSENT;

	if (err == ERR_ABSENT)
		err = login_link(db, ctx, &is_new_user);
	if (err == ERR_NONE && ctx->token != NULL)
		err = token_begin_written(
			db, ctx->account->wechat_user_id, is_new_user, ctx->token);
	return err;
}

/* A user without an account was to join the one that has the unionid. */
static void login_note_refusal(struct claim *claim, const struct account_view *view)
{
	const bool has_account = !uuid_is_nil(view->id);

	claim->wechat_user_id = has_account ? view->account.wechat_user_id : 0;
	claim->account_id = has_account ? view->id : view->owner_id;
}

enum err login_complete(struct db *db, struct claim *claim, const struct wechat_login *login,
	struct account *account_r, struct access_token *token_r)
{
	struct login_ctx ctx = {
		.claim = claim,
		.login = login,
		.account = account_r,
		.token = token_r,
		.profile = profile_of(login),
	};
	enum err err = login_look(db, &ctx);

	if (err == ERR_NONE)
		err = ctx.is_settled && token_r == NULL ? login_update(db, &ctx) : ERR_ABSENT;
	if (err == ERR_ABSENT)
		err = transaction_run(db, login_in_transaction, &ctx);
	if (err == ERR_ACCOUNT_DISABLED)
		login_note_refusal(claim, &ctx.list.views[0]);
	return err;
}
