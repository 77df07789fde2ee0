#include "account_close.h"
#include "account_link.h"
#include "arena.h"
#include "conf.h"
#include "log.h"
#include "login.h"
#include "stmt.h"
#include "str.h"
#include "token.h"
#include "transaction.h"
#include "user_profile.h"
#include "user_row.h"

/* A known user who logs in: the view as it is to be stored. */
struct login_row {
	struct account_view view; /* first, for the columns of struct user_row */
	struct uuid stamp_before;
	int64_t claim_id;
};

#define LOGIN(member, type) COLUMN(struct login_row, member, type)
/* The server need not weigh the many indexes that begin with the tenant, which takes long. */
#define USER_AND_CLAIM                                                                          \
	"UPDATE wechat_user u FORCE INDEX (PRIMARY) "                                           \
	"JOIN login_claim c FORCE INDEX (PRIMARY)"
/* One statement, so that session and outcome are stored together or not at all. */
#define SET_SESSION                                                                             \
	"SET u.version = u.version + 1, u.session_key = ?, u.session_at = UTC_TIMESTAMP(6), "   \
	"u.exchanged_at = UTC_TIMESTAMP(6), "                                                   \
	"c.state = 1, c.wechat_user_id = u.id"
#define IF_SAME                                                                                 \
	"WHERE c.tenant_id = u.tenant_id AND c.id = ? AND c.state = 0 "                         \
	"AND u.tenant_id = ? AND u.id = ? AND u.version = ?"
#define SAME_COLUMNS                                                                            \
	LOGIN(claim_id, INT64), USER_ROW(tenant_id, INT32), USER_ROW(id, INT32),                \
		USER_ROW(version, INT64)

enum { LOG_IN, LOG_IN_FIRST, LOG_IN_CHANGED };

static const struct stmt statements[] = {
	[LOG_IN] = {
		.text = USER_AND_CLAIM " " SET_SESSION " " IF_SAME,
		.params = COLUMNS(USER_ROW_SESSION_KEY, SAME_COLUMNS),
	},
	/* The first one of a day. */
	[LOG_IN_FIRST] = {
		.text = USER_AND_CLAIM " " SET_SESSION ", u.active_on = " ACTIVE_DAY_TODAY " "
			IF_SAME,
		.params = COLUMNS(USER_ROW_SESSION_KEY, SAME_COLUMNS),
	},
	[LOG_IN_CHANGED] = {
		.text = USER_AND_CLAIM " JOIN account a FORCE INDEX (PRIMARY) "
			"ON a.id = u.account_id " SET_SESSION ", "
			"u.changed_at = UTC_TIMESTAMP(6), " USER_ROW_SET_ACTIVE_IF("u.")
			USER_ROW_SET_PROFILE("u.") ", "
			"a.entity_version = ?, a.concurrency_stamp = ?, a.modified_at = ? " IF_SAME
			" AND a.concurrency_stamp = ?",
		.changes_users = true,
		.params = COLUMNS(USER_ROW_SESSION_KEY, USER_ROW(becomes_active, BOOL),
			USER_ROW_UPDATE,
			LOGIN(view.account.entity_version, INT32),
			LOGIN(view.concurrency_stamp, UUID), LOGIN(view.account.modified_us, TIME),
			SAME_COLUMNS, LOGIN(stamp_before, UUID)),
	},
};

const struct stmt_table login_statements = STMT_TABLE(statements);

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
	struct user_row *user; /* as read, then as stored; NULL: there is none yet */
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
	ctx->user = account_view_own(&ctx->list);
	link = link_of(ctx, ctx->user);
	ctx->is_settled = ctx->user != NULL && account_link_is_settled(&link);
	return ctx->is_settled ? account_view_check_login(db, &ctx->list) : ERR_NONE;
}

/* Stores session and profile of a user who is settled. Returns ERR_ABSENT, and changes nothing, if
 * another request has changed the user, the account or the claim. */
static enum err login_update(struct db *db, struct login_ctx *ctx)
{
	const struct account_view_list *list = &ctx->list;
	struct user_row *user = ctx->user;
	const struct profile_effect effect =
		user_profile_apply(user, &ctx->profile, PROFILE_FROM_WECHAT);
	struct login_row row = {
		.claim_id = ctx->claim->id,
		.stamp_before = list->views[0].concurrency_stamp,
	};
	int statement = LOG_IN;
	enum err err;

	user->session_key = ctx->login->session_key;
	user->becomes_active = user->today != USER_WAS_ACTIVE_TODAY;
	if (user->becomes_active)
		statement = LOG_IN_FIRST;
	if (effect.is_changed)
		statement = LOG_IN_CHANGED;
	if (effect.is_visible)
		account_view_touch(list);
	row.view = list->views[0];
	row.view.user = *user;
	err = stmt_change(db, &statements[statement], &row, ERR_ABSENT);
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
	user_r->becomes_active = user_r->today != USER_WAS_ACTIVE_TODAY;
	user_r->session_key = ctx->login->session_key;
	return ERR_NONE;
}

static enum err login_link(struct db *db, struct login_ctx *ctx, struct account_link *link)
{
	enum err err = login_lock_user(db, ctx, link->user);

	link->is_owner_known = ctx->is_new_user;
	ctx->is_new_user = false;
	if (err == ERR_NONE)
		err = account_link_user(db, link);
	ctx->claim->is_new_account = link->is_new_account;
	if (err == ERR_NONE)
		err = claim_succeed(db, ctx->claim, link->user->id);
	return err == ERR_NONE ? account_link_show(db, link, ctx->account) : err;
}

static enum err login_in_transaction(struct db *db, void *ctx_)
{
	struct login_ctx *ctx = ctx_;
	struct token_owner owner = account_view_token_owner(&ctx->list, ctx->claim->app);
	struct token_user user = {.tenant_id = ctx->claim->app->tenant_id, .owner = &owner};
	enum err err = ctx->is_settled ? login_update(db, ctx) : ERR_ABSENT;

	if (err == ERR_ABSENT) {
		struct account_link link;

		ctx->user = arena_new_of(db->arena, struct user_row);
		link = link_of(ctx, ctx->user);
		err = login_link(db, ctx, &link);
		user.is_new = link.is_new_user;
		user.owner = account_link_token_owner(&link, &owner);
	}
	user.id = ctx->account->wechat_user_id;
	if (err == ERR_NONE && ctx->token != NULL)
		err = token_begin_written(db, &user, ctx->token);
	return err == ERR_NONE ? user_row_add_day(db, ctx->user) : err;
}

/* A user without an account was to join the one that has the unionid. Returns
 * ERR_ACCOUNT_DISABLED. */
static enum err login_refuse(struct db *db, struct login_ctx *ctx)
{
	const struct account_view *view = &ctx->list.views[0];
	const bool has_account = !uuid_is_nil(view->id);
	struct claim *claim = ctx->claim;
	enum err err = ERR_NONE;

	claim->wechat_user_id = has_account ? view->account.wechat_user_id : 0;
	claim->account_id = has_account ? view->id : view->owner_id;
	if (!has_account)
		err = account_close_join(db, claim->app, ctx->login->openid, view->owner_id);
	return err == ERR_NONE ? ERR_ACCOUNT_DISABLED : err;
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
		err = ctx.is_settled && ctx.user->today == USER_WAS_ACTIVE_TODAY &&
				token_r == NULL
			? login_update(db, &ctx)
			: ERR_ABSENT;
	if (err == ERR_ABSENT)
		err = transaction_run(db, login_in_transaction, &ctx);
	return err == ERR_ACCOUNT_DISABLED ? login_refuse(db, &ctx) : err;
}
