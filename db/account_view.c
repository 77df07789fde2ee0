#include "account_view.h"
#include "arena.h"
#include "encoding.h"
#include "secret.h"
#include "stmt.h"

#define STAMP_SIZE 20

/* How the user sees the account, and each of the account's users. */
#define VIEW_NAMES                                                                              \
	ACCOUNT_VIEW_NAMES("a.")                                                                \
	", " ACCOUNT_MAY_LOG_IN ", u.tenant_id, u.id, u.openid, u.is_following, "               \
	"u.unfollowed_at, " USER_ROW_NAMES("p.")
#define VIEW_COLUMNS                                                                            \
	ACCOUNT_VIEW_COLUMNS, VIEW(may_log_in, BOOL), VIEW(account.tenant_id, INT32),           \
		VIEW(account.wechat_user_id, INT32), VIEW(account.openid, STR),                 \
		VIEW(account.is_following, BOOL), VIEW(account.unfollowed_us, TIME),            \
		USER_ROW_COLUMNS
/* The key of account_id has the tenant before the order. */
#define ITS_USERS "wechat_user p ON p.account_id = u.account_id AND p.tenant_id = u.tenant_id "
#define IN_ORDER "ORDER BY p.id LIMIT 100"

enum { BY_USER };

static const struct stmt statements[] = {
	[BY_USER] = {
		.text = "SELECT " VIEW_NAMES " FROM wechat_user u "
			"JOIN account a ON a.id = u.account_id JOIN " ITS_USERS
			"WHERE u.id = ? " IN_ORDER,
		.params = COLUMNS(VIEW(account.wechat_user_id, INT32)),
		.columns = COLUMNS(VIEW_COLUMNS),
		.row_size = sizeof(struct account_view),
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

/* Clients see a stamp that changes with the security stamp and tells nothing about it. */
static const char *shown_stamp(struct db *db, const struct account_view *view, const char *id)
{
	uint8_t hash[CRYPTO_HASH_SIZE];
	char *text = arena_alloc(db->arena, (STAMP_SIZE * 8 + 4) / 5 + 1);

	secret_lookup(db->keys, view->account.tenant_id, "security_stamp",
		arena_printf(db->arena, "%s %s", id, stamp_hex(db, view->security_stamp)), hash);
	encode_base32(hash, STAMP_SIZE, text);
	return text;
}

static bool is_phone_confirmed(
	const struct db *db, const struct account_view *view, const char *phone)
{
	uint8_t hash[CRYPTO_HASH_SIZE];

	if (phone[0] == '\0')
		return false;
	secret_lookup(db->keys, view->account.tenant_id, "phone", phone, hash);
	return crypto_equal(hash, view->confirmed_phone_hash, sizeof(hash));
}

static void account_view_show(
	struct db *db, const struct account_view_list *list, struct account *account_r)
{
	const struct account_view *view = &list->views[0];

	*account_r = view->account;
	fill_profile(account_r, list);
	uuid_format(view->id, account_r->id);
	account_r->security_stamp = shown_stamp(db, view, account_r->id);
	account_r->concurrency_stamp = stamp_hex(db, view->concurrency_stamp);
	account_r->phone_is_confirmed = is_phone_confirmed(db, view, account_r->phone);
}

static enum err account_view_check(struct db *db, const struct account_view *view)
{
	if (view->may_log_in)
		return ERR_NONE;
	return db_refuse(db, ERR_ACCOUNT_DISABLED,
		view->account.is_deleted   ? "the account is deleted"
		: !view->account.is_active ? "the account is switched off"
					   : "the account is locked");
}

static enum err account_view_read(struct db *db, const struct stmt *stmt, const void *params,
	struct account_view_list *list_r)
{
	void *views;
	enum err err = stmt_all(db, stmt, params, &views, &list_r->n_views);

	list_r->views = views;
	return err;
}

enum err account_by_wechat_user(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, struct account *account_r)
{
	const struct account_view key = {.account.wechat_user_id = wechat_user_id};
	struct account_view_list list;
	enum err err = account_view_read(db, &statements[BY_USER], &key, &list);

	if (err != ERR_NONE)
		return err;
	if (list.n_views == 0 || list.views[0].account.tenant_id != tenant_id)
		return ERR_USER_UNKNOWN;
	err = account_view_check(db, &list.views[0]);
	if (err == ERR_NONE)
		account_view_show(db, &list, account_r);
	return err;
}
