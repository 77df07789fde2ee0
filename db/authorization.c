#include "account_link.h"
#include "authorization.h"
#include "setting.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

struct session_row {
	int32_t tenant_id, app_id;
	const char *openid;
	struct uuid row_uuid;
	struct known_session session;
};

struct flags_row {
	int32_t wechat_user_id;
	struct customer_flags flags;
};

#define SESSION(member, type) COLUMN(struct session_row, member, type)
#define FLAG_COLUMN(name) COLUMN(struct flags_row, flags.name, BOOL),
#define FLAG_SQL(name)                                                                          \
	"COALESCE(a." #name ", (SELECT value = 'true' FROM setting "                            \
	"WHERE tenant_id = a.tenant_id AND name = '" #name "'), ?), "
/* The value for a tenant that has set nothing. */
#define FLAG_PRESET(name) .name = SETTING_PRESET_##name,
#define USER_ID COLUMN(struct flags_row, wechat_user_id, INT32)

enum { FIND_SESSION, FLAGS };

static const struct stmt statements[] = {
	[FIND_SESSION] = {
		.text = "SELECT tenant_id, row_uuid, exchanged_at IS NOT NULL, "
			"IF(session_at > UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, session_key, NULL) "
			"FROM wechat_user WHERE tenant_id = ? AND openid = ? AND app_id = ?",
		.params = COLUMNS(SESSION(tenant_id, INT32), SESSION(openid, STR),
			SESSION(app_id, INT32)),
		.columns = COLUMNS(SESSION(tenant_id, INT32), SESSION(row_uuid, UUID),
			SESSION(session.is_exchanged, BOOL),
			SEALED(struct session_row, session.session_key, "wechat_user",
				"session_key")),
	},
	[FLAGS] = {
		.text = "SELECT " ACCOUNT_CUSTOMER_FLAGS(FLAG_SQL) "u.id "
			"FROM wechat_user u JOIN account a ON a.id = u.account_id WHERE u.id = ?",
		.params = COLUMNS(ACCOUNT_CUSTOMER_FLAGS(FLAG_COLUMN) USER_ID),
		.columns = COLUMNS(ACCOUNT_CUSTOMER_FLAGS(FLAG_COLUMN) USER_ID),
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
	enum err err = stmt_need_synced(db, &statements[FIND_SESSION], &row, &row, ERR_ABSENT);

	*session_r = row.session;
	return err == ERR_ABSENT ? ERR_NONE : err;
}

struct authorization_ctx {
	const struct authorization *authorization;
	struct account *account;
};

static enum err authorization_lock_user(
	struct db *db, const struct authorization *authorization, struct user_row *user_r)
{
	const struct app *app = authorization->app;
	const char *unionid = authorization->unionid;
	enum err err = user_row_lock_or_init(
		db, app->tenant_id, authorization->openid, user_r);

	if (err != ERR_NONE)
		return err;
	if (!user_row_take_app(user_r, app->id))
		return db_refuse(db, ERR_APP_UNKNOWN, "the openid is another app's");
	if (unionid != NULL && user_r->unionid != NULL && !account_link_is_outdated(app, user_r) &&
		strcmp(unionid, user_r->unionid) != 0)
		return db_refuse(db, ERR_UNIONID_OTHER, "not the stored unionid");
	return ERR_NONE;
}

static enum err store_authorization(struct db *db, void *ctx)
{
	const struct authorization_ctx *storing = ctx;
	const struct authorization *authorization = storing->authorization;
	struct user_row user;
	struct account_link link = {
		.app = authorization->app,
		.user = &user,
		.change = &authorization->change,
		.source = PROFILE_FROM_CLIENT,
	};
	enum err err = authorization_lock_user(db, authorization, &user);

	/* After a move of the app only WeChat knows the new unionid. */
	if (err == ERR_NONE && authorization->is_trusted &&
		!account_link_is_outdated(authorization->app, &user))
		link.unionid = authorization->unionid;
	if (err == ERR_NONE)
		err = account_link_user(db, &link);
	if (err == ERR_NONE)
		err = account_by_wechat_user(db, user.tenant_id, user.id, storing->account);
	return err;
}

enum err authorization_store(struct db *db, const struct authorization *authorization,
	struct account *account_r)
{
	struct authorization_ctx ctx = {.authorization = authorization, .account = account_r};

	if (authorization->unionid != NULL && !str_is_openid(authorization->unionid))
		return db_refuse(db, ERR_UNIONID_OTHER, "not a unionid");
	return transaction_run(db, store_authorization, &ctx);
}

enum err authorization_flags(
	struct db *db, const struct account *account, struct customer_flags *flags_r)
{
	struct flags_row row = {
		.wechat_user_id = account->wechat_user_id,
		.flags = {ACCOUNT_CUSTOMER_FLAGS(FLAG_PRESET)},
	};
	enum err err = stmt_need(db, &statements[FLAGS], &row, &row, ERR_ABSENT);

	*flags_r = row.flags;
	return err == ERR_ABSENT ? ERR_NONE : err;
}
