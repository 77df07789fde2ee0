#include "account_close.h"
#include "account_link.h"
#include "account_view.h"
#include "arena.h"
#include "authorization.h"
#include "setting.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "user_profile.h"

struct session_row {
	int32_t tenant_id, app_id;
	const char *openid;
	struct uuid row_uuid;
	struct known_session session;
};

#define SESSION(member, type) COLUMN(struct session_row, member, type)
enum { FIND_SESSION };

static const struct stmt statements[] = {
	[FIND_SESSION] = {
		.text = "SELECT tenant_id, row_uuid, exchanged_at IS NOT NULL, "
			"IF(session_at > UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, session_key, NULL) "
			"FROM wechat_user FORCE INDEX (wechat_user_openid) "
			"WHERE tenant_id = ? AND openid = ? AND app_id = ?",
		.reads_again = true,
		.params = COLUMNS(SESSION(tenant_id, INT32), SESSION(openid, STR),
			SESSION(app_id, INT32)),
		.columns = COLUMNS(SESSION(tenant_id, INT32), SESSION(row_uuid, UUID),
			SESSION(session.is_exchanged, BOOL),
			SEALED(struct session_row, session.session_key, "wechat_user",
				"session_key")),
	},
};

const struct stmt_table authorization_statements = STMT_TABLE(statements);

enum err authorization_session(struct db *db, const struct app *app, const char *openid,
	struct known_session *session_r)
{
	struct session_row row = {
		.tenant_id = app->tenant_id,
		.app_id = app->id,
		.openid = openid,
		.session.session_key = "",
	};
	enum err err = stmt_need(db, &statements[FIND_SESSION], &row, &row, ERR_ABSENT);

	*session_r = row.session;
	return err == ERR_ABSENT ? ERR_NONE : err;
}

struct authorization_ctx {
	const struct authorization *authorization;
	struct account *account;
	struct access_token *token;
	/* What was read without a lock, for the first try alone: keys and versions refuse what is
	 * no longer so. */
	struct account_view_list list;
	struct user_row *known; /* of the list: nothing but its profile changes */
	struct profile_effect effect;
	const struct user_row *user; /* as stored */
	bool is_new_user;
};

/* Whether the user may be the app's and has the unionid, if it has one. */
static enum err authorization_check_user(
	struct db *db, const struct authorization *authorization, struct user_row *user)
{
	const struct app *app = authorization->app;
	const char *unionid = authorization->unionid;

	if (!user_row_take_app(user, app->id))
		return db_refuse(db, ERR_APP_UNKNOWN, "the openid is another app's");
	if (unionid != NULL && user->unionid != NULL && !account_link_is_outdated(app, user) &&
		strcmp(unionid, user->unionid) != 0)
		return db_refuse(db, ERR_UNIONID_OTHER, "not the stored unionid");
	return ERR_NONE;
}

/* After a move of the app only WeChat knows the new unionid. */
static struct account_link link_of(
	const struct authorization *authorization, struct user_row *user)
{
	const bool is_told = authorization->is_trusted &&
		!account_link_is_outdated(authorization->app, user);

	return (struct account_link){
		.app = authorization->app,
		.unionid = is_told ? authorization->unionid : NULL,
		.user = user,
		.change = &authorization->change,
		.source = PROFILE_FROM_CLIENT,
	};
}

static void link_set_owner(struct account_link *link, const struct authorization_ctx *ctx)
{
	link->is_owner_known = link->unionid != NULL;
	if (link->is_owner_known)
		link->owner_id = ctx->list.views[0].owner_id;
}

/* ---- A user of whom nothing but the profile changes. */

static enum err authorization_look_at(
	struct db *db, struct authorization_ctx *ctx, struct user_row *user)
{
	struct account_link link;
	enum err err = authorization_check_user(db, ctx->authorization, user);

	if (err != ERR_NONE)
		return err;
	link = link_of(ctx->authorization, user);
	link_set_owner(&link, ctx);
	if (user->is_new_to_app || !account_link_is_settled(&link))
		return ERR_NONE;
	ctx->known = user;
	ctx->effect = user_profile_apply(user, link.change, link.source);
	user->becomes_active = user->today != USER_WAS_ACTIVE_TODAY;
	return account_view_check_login(db, &ctx->list);
}

static enum err authorization_look(struct db *db, struct authorization_ctx *ctx)
{
	const struct authorization *authorization = ctx->authorization;
	const char *unionid = authorization->is_trusted ? authorization->unionid : NULL;
	struct user_row *user;
	enum err err = account_view_by_openid(
		db, authorization->app, authorization->openid, unionid, &ctx->list);

	if (err != ERR_NONE)
		return err;
	ctx->is_new_user = ctx->list.views[0].account.wechat_user_id == 0;
	user = account_view_own(&ctx->list);
	return user == NULL ? ERR_NONE : authorization_look_at(db, ctx, user);
}

/* Raises the version also if nothing changes, so that the answer and the token are of the same
 * account. Returns ERR_ABSENT, and changes nothing, if another request has changed the user. */
static enum err authorization_update(struct db *db, struct authorization_ctx *ctx)
{
	enum err err = user_row_save_profile(db, ctx->known, ctx->effect);

	ctx->user = ctx->known;
	return err == ERR_NONE ? account_view_show(db, &ctx->list, ctx->account) : err;
}

/* ---- All other users. */

static enum err authorization_lock_user(
	struct db *db, const struct authorization_ctx *ctx, struct user_row *user_r)
{
	const int32_t tenant_id = ctx->authorization->app->tenant_id;
	const char *openid = ctx->authorization->openid;

	if (!ctx->is_new_user)
		return user_row_lock_or_init(db, tenant_id, openid, user_r);
	user_row_init(user_r, tenant_id, openid);
	return ERR_NONE;
}

static enum err authorization_link(
	struct db *db, struct authorization_ctx *ctx, struct token_user *token_user)
{
	struct user_row *user = arena_new_of(db->arena, struct user_row);
	struct account_link link;
	enum err err = authorization_lock_user(db, ctx, user);

	if (err == ERR_NONE)
		err = authorization_check_user(db, ctx->authorization, user);
	if (err != ERR_NONE)
		return err;
	ctx->user = user;
	user->becomes_active = user->today != USER_WAS_ACTIVE_TODAY;
	link = link_of(ctx->authorization, user);
	if (ctx->is_new_user)
		link_set_owner(&link, ctx);
	err = account_link_user(db, &link);
	token_user->owner = account_link_token_owner(
		&link, arena_new_of(db->arena, struct token_owner));
	return err == ERR_NONE ? account_link_show(db, &link, ctx->account) : err;
}

/* ---- All of it. */

static enum err store_authorization(struct db *db, void *ctx_)
{
	struct authorization_ctx *ctx = ctx_;
	const struct app *app = ctx->authorization->app;
	const struct token_owner owner = account_view_token_owner(&ctx->list, app);
	struct token_user user = {.tenant_id = app->tenant_id, .owner = &owner,
		.opened_by = ctx->authorization->opened_by};
	enum err err = ctx->known != NULL ? authorization_update(db, ctx) : ERR_ABSENT;

	ctx->known = NULL;
	if (err == ERR_ABSENT)
		err = authorization_link(db, ctx, &user);
	user.id = ctx->account->wechat_user_id;
	user.is_new = ctx->is_new_user;
	if (err == ERR_NONE)
		err = token_begin_written(db, &user, ctx->token);
	if (err == ERR_NONE)
		err = user_row_add_day(db, ctx->user);
	ctx->is_new_user = false;
	return err;
}

/* Returns ERR_ACCOUNT_DISABLED. */
static enum err authorization_refuse(struct db *db, const struct authorization_ctx *ctx)
{
	const struct authorization *authorization = ctx->authorization;
	const struct account_view *view = &ctx->list.views[0];
	enum err err = ERR_NONE;

	if (uuid_is_nil(view->id))
		err = account_close_join(
			db, authorization->app, authorization->openid, view->owner_id);
	return err == ERR_NONE ? ERR_ACCOUNT_DISABLED : err;
}

enum err authorization_store(struct db *db, const struct authorization *authorization,
	struct account *account_r, struct access_token *token_r)
{
	struct authorization_ctx ctx = {
		.authorization = authorization, .account = account_r, .token = token_r,
	};
	enum err err;

	if (authorization->unionid != NULL && !str_is_openid(authorization->unionid))
		return db_refuse(db, ERR_UNIONID_OTHER, "not a unionid");
	err = authorization_look(db, &ctx);
	if (err == ERR_NONE)
		err = transaction_run(db, store_authorization, &ctx);
	return err == ERR_ACCOUNT_DISABLED ? authorization_refuse(db, &ctx) : err;
}

/* ---- The flags. */

static enum err authorization_flag(struct db *db, const struct account *account, int32_t own,
	enum setting_bool setting, bool *flag_r)
{
	if (own == FLAG_UNREAD)
		BUG("a login has read no flags");
	*flag_r = own == FLAG_ON;
	return own == FLAG_OF_TENANT ? setting_bool(db, account->tenant_id, setting, flag_r)
				     : ERR_NONE;
}

enum err authorization_flags(
	struct db *db, const struct account *account, struct customer_flags *flags_r)
{
	enum err err = ERR_NONE;

#define FIND_FLAG(name)                                                                         \
	if (err == ERR_NONE)                                                                    \
		err = authorization_flag(                                                       \
			db, account, account->flags.name, SETTING_##name, &flags_r->name);
	ACCOUNT_CUSTOMER_FLAGS(FIND_FLAG)
#undef FIND_FLAG
	return err;
}
