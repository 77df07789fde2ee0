#include "arena.h"
#include "stmt.h"
#include "str.h"
#include "tenant.h"
#include "user_find.h"
#include "user_row.h"

/* How many users a page looks at, for which the server takes less than 50 ms. */
#define LOOKED_MAX 4000

struct find_row {
	struct found_user user;
	int32_t tenant_id;
	const char *text; /* what is looked for: an identifier, or the beginning of a name */
	const char *last_text; /* no name that begins so comes after it */
	const char *phone;
	struct uuid account_id;
	int32_t id, n_most;
	struct user_filter filter;
	int32_t last_id, n_looked;
};

#define ROW(member, type) COLUMN(struct find_row, member, type)
#define USER(member, type) COLUMN(struct found_user, member, type)
#define PHONE FOUND_BY(struct find_row, phone, LOOKUP, "phone")

/* The numbers of enum user_state. */
#define STATE                                                                                   \
	"CASE WHEN u.account_id IS NULL THEN 0 WHEN u.is_closed THEN 4 "                        \
	"WHEN NOT c.is_active OR c.is_deleted THEN 2 WHEN c.is_lockout_enabled "                \
	"AND c.lockout_end > UTC_TIMESTAMP(6) THEN 3 "                                          \
	"WHEN " USER_ROW_LOGIN_AT("u.") " IS NULL THEN 0 ELSE 1 END"
_Static_assert(USER_NEW == 0 && USER_ACTIVE == 1 && USER_DISABLED == 2 && USER_LOCKED == 3 &&
		USER_CLOSED == 4,
	"SQL does not know the enum");

#define SELECT(MEMBER, NAME, TENANT)                                                            \
	"SELECT u.id, " TENANT ", u.row_uuid, u.account_id, a.appid, u.openid, u.unionid, "     \
	NAME ", u.phone, " MEMBER ", " STATE ", u.created_at, " USER_ROW_LOGIN_AT("u.")       \
	", " TENANT_DISABLED_AT(TENANT) " "
#define SELECT_USER SELECT("u.member_id", "u.name", "u.tenant_id")
#define SELECT_MEMBER SELECT("m.id", "COALESCE(NULLIF(u.name, ''), m.name)", "m.tenant_id")
#define JOINS                                                                                   \
	" LEFT JOIN app a ON a.id = u.app_id AND a.tenant_id = u.tenant_id "                    \
	"LEFT JOIN account c ON c.id = u.account_id AND c.tenant_id = u.tenant_id "
#define MOST " LIMIT " STMT_NUMBER(USER_FIND_MAX)
#define FIND(SELECT_, FROM, WHERE, ...)                                                         \
	{                                                                                       \
		.text = SELECT_ "FROM " FROM JOINS "WHERE " WHERE MOST,                         \
		.user = DB_USER_ADMIN,                                                        \
		.reads_again = true,                                                            \
		.params = COLUMNS(ROW(tenant_id, INT32), __VA_ARGS__),                          \
		.columns = user_columns,                                                        \
		.row_size = sizeof(struct found_user),                                          \
	}
#define FIND_USER(WHERE, ...)                                                                   \
	FIND(SELECT_USER, "wechat_user u", "u.tenant_id = ? AND " WHERE, __VA_ARGS__)
#define FIND_RESIDENT(WHERE, ...)                                                               \
	FIND(SELECT_USER, "resident r JOIN wechat_user u "                                      \
	     "ON u.id = r.wechat_user_id AND u.tenant_id = r.tenant_id",                        \
		"r.tenant_id = ? AND " WHERE, __VA_ARGS__)
#define FIND_MEMBER(WHERE, ...)                                                                 \
	FIND(SELECT_MEMBER, "member m LEFT JOIN wechat_user u "                                 \
	     "ON u.member_id = m.id AND u.tenant_id = m.tenant_id",                             \
		"m.tenant_id = ? AND " WHERE, __VA_ARGS__)
/* MariaDB's LIKE uses an index as if no character came after U+FFFF: it finds no emoji. */
#define LAST_CHARACTER "\U0010FFFF"
#define BEGINS(COLUMN_) COLUMN_ " BETWEEN ? AND ?"
#define BEGINS_PARAMS ROW(text, STR), ROW(last_text, STR)
#define SCAN                                                                                    \
	"(SELECT id FROM wechat_user FORCE INDEX (wechat_user_of_tenant) "                      \
	"WHERE tenant_id = ? AND id > ? ORDER BY id LIMIT ?)"
#define SCAN_PARAMS ROW(tenant_id, INT32), ROW(id, INT32), ROW(n_looked, INT32)
#define UNLESS_NULL(CONDITION) "AND (? IS NULL OR " CONDITION ") "
#define TWICE(member, type) ROW(member, type), ROW(member, type)

static const struct column user_columns[] = {
	USER(id, REF),
	USER(tenant_id, INT32),
	USER(row_uuid, UUID),
	USER(account_id, UUID),
	USER(appid, STR),
	USER(openid, STR),
	USER(unionid, STR),
	USER(name, STR),
	SEALED_LIKE(struct found_user, phone, "wechat_user", "phone"),
	USER(member_id, REF),
	USER(state, INT32),
	USER(created_us, TIME),
	USER(login_us, TIME),
	USER(tenant_disabled_us, TIME),
	{.kind = COLUMN_END_OF_TABLE},
};

enum {
	BY_ID,
	BY_ACCOUNT,
	BY_EXTERNAL_ID,
	BY_OPENID,
	BY_UNIONID,
	BY_PROFILE_PHONE,
	BY_CONFIRMED_PHONE,
	BY_RESIDENT_PHONE,
	BY_MEMBER_PHONE,
	BY_VOID_CARD_PHONE,
	BY_PROFILE_NAME,
	BY_RESIDENT_NAME,
	BY_MEMBER_NAME,
	BY_MEMBER,
	LIST,
	LOOK,
};

static const struct stmt statements[] = {
	[BY_ID] = FIND_USER("u.id = ?", ROW(id, INT32)),
	[BY_ACCOUNT] = FIND_USER("u.account_id = COALESCE((SELECT account_id FROM account_alias "
				 "WHERE tenant_id = ? AND alias = ?), ?) ORDER BY u.id",
		ROW(tenant_id, INT32), ROW(account_id, UUID), ROW(account_id, UUID)),
	[BY_EXTERNAL_ID] = FIND(SELECT_USER, "external_id x JOIN wechat_user u "
		"ON u.account_id = x.account_id AND u.tenant_id = x.tenant_id",
		"x.tenant_id = ? AND x.external_id = ? ORDER BY u.id", ROW(text, STR)),
	[BY_OPENID] = FIND_USER("u.openid = ?", ROW(text, STR)),
	[BY_UNIONID] = FIND_USER("u.unionid = ? ORDER BY u.id", ROW(text, STR)),
	[BY_PROFILE_PHONE] = FIND_USER("u.phone_hash = ? ORDER BY u.id", PHONE),
	/* A merged account keeps its row for an undo, but has no users. */
	[BY_CONFIRMED_PHONE] = FIND(SELECT_USER, "account h FORCE INDEX "
		"(account_of_confirmed_phone) JOIN wechat_user u "
		"ON u.account_id = h.id AND u.tenant_id = h.tenant_id",
		"h.tenant_id = ? AND h.confirmed_phone_hash = ? ORDER BY u.id", PHONE),
	[BY_RESIDENT_PHONE] = FIND_RESIDENT("r.phone_hash = ? ORDER BY u.id", PHONE),
	[BY_MEMBER_PHONE] = FIND_MEMBER("m.phone_hash = ? ORDER BY u.id", PHONE),
	[BY_VOID_CARD_PHONE] = FIND_MEMBER("m.void_phone_hash = ? ORDER BY m.id, u.id", PHONE),
	/* In the order of the index, so that many who have one name are not sorted. */
	[BY_PROFILE_NAME] = FIND_USER(BEGINS("u.name") " ORDER BY u.name, u.id", BEGINS_PARAMS),
	[BY_RESIDENT_NAME] = FIND_RESIDENT(
		BEGINS("r.name") " ORDER BY r.name, r.id", BEGINS_PARAMS),
	[BY_MEMBER_NAME] = FIND_MEMBER(BEGINS("m.name") " ORDER BY m.name, m.id", BEGINS_PARAMS),
	[BY_MEMBER] = FIND_MEMBER("m.id = ? ORDER BY u.id", ROW(id, INT32)),
	[LIST] = {
		.text = SELECT_USER "FROM " SCAN " page JOIN wechat_user u "
			"ON u.id = page.id AND u.tenant_id = ?" JOINS
			"WHERE (? = 0 OR u.app_id = ?) AND (? < 0 OR " STATE " = ?) "
			UNLESS_NULL("u.created_at >= ?") UNLESS_NULL("u.created_at < ?")
			UNLESS_NULL(USER_ROW_LOGIN_AT("u.") " >= ?")
			UNLESS_NULL("COALESCE(" USER_ROW_LOGIN_AT("u.") " < ?, TRUE)")
			"ORDER BY page.id LIMIT ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(SCAN_PARAMS, ROW(tenant_id, INT32), TWICE(filter.app_id, INT32),
			TWICE(filter.state, INT32), TWICE(filter.created_since_us, TIME),
			TWICE(filter.created_before_us, TIME), TWICE(filter.login_since_us, TIME),
			TWICE(filter.login_before_us, TIME), ROW(n_most, INT32)),
		.columns = user_columns,
		.row_size = sizeof(struct found_user),
	},
	/* How far a page has looked. */
	[LOOK] = {
		.text = "SELECT COALESCE(MAX(id), 0), COUNT(*) FROM " SCAN " page",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(SCAN_PARAMS),
		.columns = COLUMNS(ROW(last_id, INT32), ROW(n_looked, INT32)),
	},
};

const struct stmt_table user_find_statements = STMT_TABLE(statements);

struct way {
	int stmt;
	enum user_match match;
};

static const struct way by_phone[] = {
	{BY_CONFIRMED_PHONE, MATCHED_CONFIRMED_PHONE},
	{BY_PROFILE_PHONE, MATCHED_PROFILE_PHONE},
	{BY_RESIDENT_PHONE, MATCHED_RESIDENT_PHONE},
	{BY_MEMBER_PHONE, MATCHED_MEMBER_PHONE},
	{BY_VOID_CARD_PHONE, MATCHED_VOID_CARD_PHONE},
};

static const struct way by_name[] = {
	{BY_PROFILE_NAME, MATCHED_PROFILE_NAME},
	{BY_RESIDENT_NAME, MATCHED_RESIDENT_NAME},
	{BY_MEMBER_NAME, MATCHED_MEMBER_NAME},
};

/* The one among those found already who is the same user, or the same member without a user. */
static struct found_user *find_same(
	const struct found_users *found, const struct found_user *user)
{
	for (size_t i = 0; i < found->n_users; i++)
		if (found->users[i].id == user->id &&
			(user->id != 0 || found->users[i].member_id == user->member_id))
			return &found->users[i];
	return NULL;
}

/* Finds by several ways. A user who is found by two of them has both matches. */
static enum err find_by(struct db *db, const struct find_row *key, const struct way *ways,
	size_t n_ways, struct found_users *found_r)
{
	struct found_user *all =
		arena_array(db->arena, struct found_user, n_ways * USER_FIND_MAX);
	enum err err = ERR_NONE;

	*found_r = (struct found_users){.users = all};
	for (size_t i = 0; i < n_ways && err == ERR_NONE; i++) {
		struct found_user *found, *same;
		void *rows;
		size_t n = 0;

		err = stmt_all(db, &statements[ways[i].stmt], key, &rows, &n);
		found = rows;
		for (size_t j = 0; j < n && err == ERR_NONE; j++) {
			same = find_same(found_r, &found[j]);
			if (same == NULL) {
				same = &all[found_r->n_users++];
				*same = found[j];
			}
			same->matches |= ways[i].match;
		}
	}
	return err;
}

static enum err find_by_one(struct db *db, const struct find_row *key, const struct way *way,
	struct found_users *found_r)
{
	return find_by(db, key, way, 1, found_r);
}

/* Nobody has what cannot be an openid or unionid. */
static enum err find_identifier(struct db *db, const struct find_row *key, const struct way *way,
	struct found_users *found_r)
{
	*found_r = (struct found_users){0};
	return str_is_openid(key->text) ? find_by_one(db, key, way, found_r) : ERR_NONE;
}

enum err user_find_openid(
	struct db *db, int32_t tenant_id, const char *openid, struct found_users *found_r)
{
	const struct find_row key = {.tenant_id = tenant_id, .text = openid};

	return find_identifier(
		db, &key, &(struct way){BY_OPENID, MATCHED_OPENID}, found_r);
}

enum err user_find_unionid(
	struct db *db, int32_t tenant_id, const char *unionid, struct found_users *found_r)
{
	const struct find_row key = {.tenant_id = tenant_id, .text = unionid};

	return find_identifier(
		db, &key, &(struct way){BY_UNIONID, MATCHED_UNIONID}, found_r);
}

enum err user_find_phone(
	struct db *db, int32_t tenant_id, const char *phone, struct found_users *found_r)
{
	const struct find_row key = {.tenant_id = tenant_id, .phone = phone};

	return find_by(db, &key, by_phone, sizeof(by_phone) / sizeof(by_phone[0]), found_r);
}

enum err user_find_name(
	struct db *db, int32_t tenant_id, const char *name, struct found_users *found_r)
{
	const struct find_row key = {
		.tenant_id = tenant_id,
		.text = name,
		.last_text = arena_printf(db->arena, "%s" LAST_CHARACTER, name),
	};

	return find_by(db, &key, by_name, sizeof(by_name) / sizeof(by_name[0]), found_r);
}

enum err user_find_member(
	struct db *db, int32_t tenant_id, int32_t member_id, struct found_users *found_r)
{
	const struct find_row key = {.tenant_id = tenant_id, .id = member_id};

	return find_by_one(db, &key, &(struct way){BY_MEMBER, MATCHED_MEMBER}, found_r);
}

enum err user_find_id(
	struct db *db, int32_t tenant_id, int32_t id, struct found_users *found_r)
{
	const struct find_row key = {.tenant_id = tenant_id, .id = id};

	return find_by_one(db, &key, &(struct way){BY_ID, MATCHED_ID}, found_r);
}

enum err user_find_account(
	struct db *db, int32_t tenant_id, struct uuid account_id, struct found_users *found_r)
{
	const struct find_row key = {.tenant_id = tenant_id, .account_id = account_id};

	return find_by_one(db, &key, &(struct way){BY_ACCOUNT, MATCHED_ID}, found_r);
}

enum err user_find_external_id(
	struct db *db, int32_t tenant_id, const char *external_id, struct found_users *found_r)
{
	const struct find_row key = {.tenant_id = tenant_id, .text = external_id};

	return find_by_one(
		db, &key, &(struct way){BY_EXTERNAL_ID, MATCHED_EXTERNAL_ID}, found_r);
}

static bool is_filtered(const struct user_filter *filter)
{
	return filter->app_id != 0 || filter->state >= 0 || filter->created_since_us != 0 ||
		filter->created_before_us != 0 || filter->login_since_us != 0 ||
		filter->login_before_us != 0;
}

enum err user_list_page(struct db *db, const struct user_filter *filter, int32_t n_most,
	int32_t *after_id, struct found_users *found_r)
{
	struct find_row key = {
		.tenant_id = filter->tenant_id,
		.id = *after_id,
		.n_most = n_most,
		.n_looked = is_filtered(filter) ? LOOKED_MAX : n_most,
		.filter = *filter,
	};
	const int32_t n_wanted = key.n_looked;
	void *rows;
	enum err err = stmt_all(db, &statements[LIST], &key, &rows, &found_r->n_users);

	if (err != ERR_NONE)
		return err;
	found_r->users = rows;
	if (found_r->n_users == (size_t)n_most) {
		*after_id = found_r->users[n_most - 1].id;
		return ERR_NONE;
	}
	*after_id = 0;
	if (!is_filtered(filter))
		return ERR_NONE;
	err = stmt_need(db, &statements[LOOK], &key, &key, ERR_INTERNAL);
	*after_id = key.n_looked == n_wanted ? key.last_id : 0;
	return err;
}
