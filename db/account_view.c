#include <stdlib.h>

#include "account_view.h"
#include "arena.h"
#include "clock.h"
#include "confirmed_phone.h"
#include "encoding.h"
#include "stmt.h"

#define STAMP_SIZE 20
#define DAY_US (24 * 3600 * CLOCK_SECOND_US)

/* Of the user alone, what a login without a unionid compares, shows or seals with. */
#define OWN_NAMES                                                                               \
	ACCOUNT_VIEW_SEEN_NAMES ", a.n_moves, u.id, u.version, u.row_uuid, u.app_id, "          \
	"u.name, u.avatar, "                                                                    \
	"u.phone, u.gender, u.language, u.country, u.province, u.city, u.user_set, "            \
	"u.active_on, u.created_at"
#define OWN_COLUMNS                                                                             \
	ACCOUNT_VIEW_SEEN_COLUMNS, VIEW(n_moves, INT32), USER_ROW(id, INT32),                   \
		USER_ROW(version, INT64),                                                       \
		USER_ROW(row_uuid, UUID), USER_ROW(app_id, REF), USER_ROW(profile.name, STR),   \
		USER_ROW(profile.avatar, STR),                                                  \
		SEALED(struct user_row, profile.phone, "wechat_user", "phone"),                 \
		USER_ROW(profile.gender, INT32), USER_ROW(profile.language, STR),               \
		USER_ROW(profile.country, STR), USER_ROW(profile.province, STR),                \
		USER_ROW(profile.city, STR), USER_ROW(user_set, INT32),                         \
		VIEW(active_on_us, TIME), VIEW(user_created_us, TIME)

/* Without an order, for which the server would make a temporary table. */
#define ITS_USERS "wechat_user p FORCE INDEX (wechat_user_of_account) "

struct view_key {
	int32_t tenant_id, app_id, open_platform_id;
	const char *openid, *unionid;
};

#define KEY(member, type) COLUMN(struct view_key, member, type)

enum { BY_USER, BY_OPENID, OWN_BY_OPENID, USERS };

static const struct stmt statements[] = {
	[BY_USER] = {
		.text = "SELECT u.tenant_id, " ACCOUNT_VIEW_SEEN_NAMES ", a.n_moves, "
			ACCOUNT_CUSTOMER_FLAGS(ACCOUNT_VIEW_FLAG_NAME) USER_ROW_NAMES("u.")
			" FROM wechat_user u FORCE INDEX (PRIMARY) "
			"JOIN account a FORCE INDEX (PRIMARY) ON a.id = u.account_id "
			"WHERE u.id = ?",
		.reads_again = true,
		.params = COLUMNS(VIEW(account.tenant_id, TENANT), USER_ROW(id, INT32)),
		.columns = COLUMNS(VIEW(account.tenant_id, TENANT), ACCOUNT_VIEW_SEEN_COLUMNS,
			VIEW(n_moves, INT32), ACCOUNT_CUSTOMER_FLAGS(ACCOUNT_VIEW_FLAG_COLUMN)
			USER_ROW_COLUMNS),
	},
	/* The app has a row even if the user has none. */
	[BY_OPENID] = {
		.text = "SELECT " ACCOUNT_VIEW_SEEN_NAMES ", a.n_moves, "
			ACCOUNT_CUSTOMER_FLAGS(ACCOUNT_VIEW_FLAG_NAME) USER_ROW_NAMES("u.")
			", o.account_id FROM app FORCE INDEX (PRIMARY) "
			"LEFT JOIN wechat_user u FORCE INDEX (wechat_user_openid) "
			"ON u.tenant_id = app.tenant_id AND u.openid = ? "
			"LEFT JOIN account a FORCE INDEX (PRIMARY) ON a.id = u.account_id "
			"LEFT JOIN account_unionid o FORCE INDEX (account_unionid_unionid) "
			"ON o.tenant_id = app.tenant_id AND o.open_platform_id = ? "
			"AND o.unionid = ? WHERE app.tenant_id = ? AND app.id = ?",
		.params = COLUMNS(KEY(openid, STR), KEY(open_platform_id, INT32),
			KEY(unionid, STR), KEY(tenant_id, INT32), KEY(app_id, INT32)),
		.columns = COLUMNS(ACCOUNT_VIEW_SEEN_COLUMNS, VIEW(n_moves, INT32),
			ACCOUNT_CUSTOMER_FLAGS(ACCOUNT_VIEW_FLAG_COLUMN) USER_ROW_COLUMNS,
			VIEW(owner_id, UUID)),
	},
	/* Takes the server a third less, since each table and each column costs. */
	[OWN_BY_OPENID] = {
		.text = "SELECT " OWN_NAMES " FROM wechat_user u "
			"FORCE INDEX (wechat_user_openid) "
			"LEFT JOIN account a FORCE INDEX (PRIMARY) ON a.id = u.account_id "
			"WHERE u.tenant_id = ? AND u.openid = ?",
		.params = COLUMNS(USER_ROW(tenant_id, INT32), USER_ROW(openid, STR)),
		.columns = COLUMNS(OWN_COLUMNS),
	},
	[USERS] = {
		.text = "SELECT " USER_ROW_NAMES("p.") " FROM " ITS_USERS
			"WHERE p.account_id = ? AND p.tenant_id = ? LIMIT 100",
		.params = COLUMNS(VIEW(id, UUID), USER_ROW(tenant_id, INT32)),
		.columns = COLUMNS(USER_ROW_COLUMNS),
		.row_size = sizeof(struct user_row),
	},
};

const struct stmt_table account_view_statements = STMT_TABLE(statements);

struct latest {
	const char *text;
	int64_t since_us;
};

/* Prefers the user's own value to the latest one of the others. */
static void prefer_text(struct latest *latest, const char *text, int64_t since_us, bool is_own)
{
	if (text[0] == '\0' || (!is_own && latest->since_us >= since_us))
		return;
	latest->text = text;
	latest->since_us = is_own ? INT64_MAX : since_us;
}

static void prefer_gender(
	struct account *account, int64_t *since_us, const struct user_row *user, bool is_own)
{
	if (user->profile.gender == 0 || (!is_own && *since_us >= user->gender_us))
		return;
	account->gender = user->profile.gender;
	*since_us = is_own ? INT64_MAX : user->gender_us;
}

static void fill_profile(struct account *account, const struct account_view_list *list)
{
	const struct latest none = {.text = "", .since_us = -1};
	struct latest name = none, avatar = none, phone = none;
	struct latest country = none, province = none, city = none;
	int64_t gender_us = -1;

	for (size_t i = 0; i < list->n_views; i++) {
		const struct user_row *user = &list->views[i].user;
		const struct profile *profile = &user->profile;
		bool is_own = user->id == account->wechat_user_id;

		prefer_text(&name, profile->name, user->name_us, is_own);
		prefer_text(&avatar, profile->avatar, user->avatar_us, is_own);
		prefer_text(&phone, profile->phone, user->phone_us, is_own);
		prefer_text(&country, profile->country, user->place_us, is_own);
		prefer_text(&province, profile->province, user->place_us, is_own);
		prefer_text(&city, profile->city, user->place_us, is_own);
		prefer_gender(account, &gender_us, user, is_own);
	}
	account->name = name.text;
	account->avatar = avatar.text;
	account->phone = phone.text;
	account->country = country.text;
	account->province = province.text;
	account->city = city.text;
}

static const char *stamp_hex(struct db *db, struct uuid stamp)
{
	char *hex = arena_alloc(db->arena, 2 * UUID_SIZE + 1);

	encode_hex(stamp.bytes, UUID_SIZE, hex);
	return hex;
}

/* Clients see a stamp that changes with the security stamp and tells nothing about it, which is
 * random. No key, so that it stays when keys are replaced. */
static const char *shown_stamp(struct db *db, const struct account_view *view, const char *id)
{
	const char *shown = arena_printf(
		db->arena, "security_stamp %s %s", id, stamp_hex(db, view->security_stamp));
	uint8_t hash[CRYPTO_HASH_SIZE];
	char *text = arena_alloc(db->arena, (STAMP_SIZE * 8 + 4) / 5 + 1);

	crypto_sha256(shown, strlen(shown), hash);
	encode_base32(hash, STAMP_SIZE, text);
	return text;
}

enum err account_view_show(
	struct db *db, const struct account_view_list *list, struct account *account_r)
{
	const struct account_view *view = &list->views[0];

	*account_r = view->account;
	fill_profile(account_r, list);
	uuid_format(view->id, account_r->id);
	account_r->security_stamp = shown_stamp(db, view, account_r->id);
	account_r->concurrency_stamp = stamp_hex(db, view->concurrency_stamp);
	if (!confirmed_phone_is(db, view->account.tenant_id, account_r->phone,
		    view->confirmed_phone_hash))
		return ERR_NONE;
	return confirmed_phone_counts(db, view->account.tenant_id,
		view->confirmed_us == 0
			? INT32_MAX
			: (int32_t)((view->now_us - view->confirmed_us) / DAY_US),
		&account_r->phone_is_confirmed);
}

struct user_row *account_view_own(const struct account_view_list *list)
{
	for (struct account_view *view = list->views; view < list->views + list->n_views; view++)
		if (view->user.id != 0 && view->user.id == view->account.wechat_user_id)
			return &view->user;
	return NULL;
}

struct token_owner account_view_token_owner(
	const struct account_view_list *list, const struct app *app)
{
	const struct account_view *view = &list->views[0];

	return (struct token_owner){
		.account_id = view->id,
		.security_stamp = view->security_stamp,
		.app_id = app->id,
		.openid = view->account.openid,
		.read_us = view->now_us,
	};
}

void account_view_touch(const struct account_view_list *list)
{
	struct account_view *view = &list->views[0];

	view->concurrency_stamp = uuid_random();
	view->account.entity_version++;
	view->account.modified_us = view->now_us;
}

/* As ACCOUNT_MAY_LOG_IN. */
enum err account_view_check_login(struct db *db, const struct account_view_list *list)
{
	const struct account *account = &list->views[0].account;
	const bool is_locked = account->is_lockout_enabled &&
		account->lockout_end_us > list->views[0].now_us;

	if (account->is_active && !account->is_deleted && !is_locked)
		return ERR_NONE;
	return db_refuse(db, ERR_ACCOUNT_DISABLED,
		account->is_deleted   ? "the account is deleted"
		: !account->is_active ? "the account is switched off"
				      : "the account is locked");
}

static int by_user_id(const void *a, const void *b)
{
	int32_t id_a = ((const struct account_view *)a)->user.id;
	int32_t id_b = ((const struct account_view *)b)->user.id;

	return (id_a > id_b) - (id_a < id_b);
}

/* Makes a list of the user who sees the account, who stays as read before, so that the version
 * belongs to what was read of the account; and of the account's other users, if there are any, in
 * the order of their ids, so that of two equally late values always the same one is shown. */
static enum err account_view_add_users(
	struct db *db, struct account_view *view, struct account_view_list *list_r)
{
	const struct account_view own = *view;
	const struct user_row *users;
	void *rows;
	size_t n;
	enum err err;

	*list_r = (struct account_view_list){.views = view, .n_views = 1};
	if (own.n_moves == 0)
		return ERR_NONE;
	err = stmt_all(db, &statements[USERS], &own, &rows, &n);
	if (err != ERR_NONE || n == 0)
		return err;
	users = rows;
	list_r->views = arena_array(db->arena, struct account_view, n);
	list_r->n_views = n;
	for (size_t i = 0; i < n; i++) {
		list_r->views[i] = own;
		if (users[i].id != own.user.id)
			list_r->views[i].user = users[i];
	}
	qsort(list_r->views, n, sizeof(*list_r->views), by_user_id);
	return ERR_NONE;
}

enum err account_view_by_openid(struct db *db, const struct app *app, const char *openid,
	const char *unionid, struct account_view_list *list_r)
{
	const struct view_key key = {
		.tenant_id = app->tenant_id,
		.app_id = app->id,
		.open_platform_id = app->open_platform_id,
		.openid = openid,
		.unionid = unionid,
	};
	struct account_view *own = arena_new_of(db->arena, struct account_view);
	enum err err = stmt_need(db, &statements[BY_OPENID], &key, own, ERR_APP_UNKNOWN);

	own->account.tenant_id = own->user.tenant_id;
	own->account.wechat_user_id = own->user.id;
	own->account.openid = own->user.openid;
	return err == ERR_NONE ? account_view_add_users(db, own, list_r) : err;
}

static int32_t user_today_of(const struct account_view *view)
{
	if (active_day_is(view->active_on_us, view->now_us))
		return USER_WAS_ACTIVE_TODAY;
	return active_day_is_same(view->user_created_us, view->now_us) ? USER_IS_OF_TODAY
									 : USER_IS_OF_BEFORE;
}

/* Reads a user with the account, if there are any. */
static enum err account_view_read_own(
	struct db *db, const struct app *app, const char *openid, struct account_view *view)
{
	enum err err;

	view->user.tenant_id = view->account.tenant_id = app->tenant_id;
	view->user.openid = view->account.openid = openid;
	err = stmt_need(db, &statements[OWN_BY_OPENID], view, view, ERR_ABSENT);
	view->account.wechat_user_id = view->user.id;
	view->user.account_id = view->id;
	view->user.today = user_today_of(view);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

enum err account_view_of_login(struct db *db, const struct app *app, const char *openid,
	struct account_view_list *list_r)
{
	struct account_view *own = arena_new_of(db->arena, struct account_view);
	enum err err = account_view_read_own(db, app, openid, own);

	return err == ERR_NONE ? account_view_add_users(db, own, list_r) : err;
}

enum err account_by_wechat_user(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, struct account *account_r)
{
	struct account_view *own = arena_new_of(db->arena, struct account_view);
	struct account_view_list list;
	enum err err;

	own->account.tenant_id = tenant_id;
	own->user.id = wechat_user_id;
	err = stmt_need(db, &statements[BY_USER], own, own, ERR_USER_UNKNOWN);
	own->account.wechat_user_id = own->user.id;
	own->account.openid = own->user.openid;
	if (err == ERR_NONE)
		err = account_view_add_users(db, own, &list);
	if (err == ERR_NONE)
		err = account_view_check_login(db, &list);
	return err == ERR_NONE ? account_view_show(db, &list, account_r) : err;
}
