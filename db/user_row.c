#include "account.h"
#include "stmt.h"
#include "user_row.h"

#define ROW USER_ROW
#define ROW_KEY ROW(tenant_id, INT32), ROW(id, INT32)

/* The server need not weigh the many indexes that begin with the tenant, which takes long. */
#define USER_OF_ID "wechat_user FORCE INDEX (PRIMARY) "
#define USER_OF_OPENID "wechat_user FORCE INDEX (wechat_user_openid) "
#define UPDATE_OF_ID "UPDATE " USER_OF_ID "SET "

#define SELECT_ROW "SELECT " USER_ROW_NAMES("") ", is_closed FROM "

static const struct column row_columns[] = {
	USER_ROW_COLUMNS,
	ROW(is_closed, BOOL),
	{.kind = COLUMN_END_OF_TABLE},
};

/* Each column costs the server 1.5 % of such a look-up. */
#define SELECT_BRIEF                                                                            \
	"SELECT id, version, tenant_id, row_uuid, account_id, openid, name, avatar, phone, "    \
	"user_set, member_id, is_closed FROM "

static const struct column brief_columns[] = {
	ROW(id, INT32),
	ROW(version, INT64),
	ROW(tenant_id, TENANT),
	ROW(row_uuid, UUID),
	ROW(account_id, UUID),
	ROW(openid, STR),
	ROW(profile.name, STR),
	ROW(profile.avatar, STR),
	SEALED(struct user_row, profile.phone, "wechat_user", "phone"),
	ROW(user_set, INT32),
	ROW(member_id, REF),
	ABSENT,
	{.kind = COLUMN_END_OF_TABLE},
};

/* SQL: clears a column unless the user has set it. */
#define IF_SET(bit, column, none)                                                               \
	column " = IF(user_set & " STMT_NUMBER(USER_SET_##bit) ", " column ", " none ")"

/* Takes USER_ROW_OWNER. */
#define SET_OWNER "app_id = ?, account_id = ?, unionid = ?, unionid_platform_id = ?"
/* Before it, since an UPDATE reads what it has set. Most logins change none of them. */
#define SET_CHANGED_BY_OWNER                                                                    \
	"version = version + 1, changed_at = IF(app_id <=> ? AND account_id <=> ? "             \
	"AND unionid <=> ?, changed_at, UTC_TIMESTAMP(6)), "
#define CHANGED_BY_OWNER ROW(app_id, REF), ROW(account_id, UUID), ROW(unionid, STR)

struct dated_row {
	struct uuid account_id;
	int32_t tenant_id, member_id, ahead_s;
};

#define DATED(member, type) COLUMN(struct dated_row, member, type)

struct saved_row {
	struct user_row user;
	struct uuid concurrency_stamp;
};

#define SAVE_WITH(SET, ...)                                                                     \
	{                                                                                       \
		.text = UPDATE_OF_ID USER_ROW_SET_CHANGED("") ", "                              \
			USER_ROW_SET_ACTIVE_IF("") SET("")                                      \
			" WHERE tenant_id = ? AND id = ? AND version = ?",                      \
		.changes_users = true,                                                          \
		.params = COLUMNS(ROW(becomes_active, BOOL), __VA_ARGS__, ROW_KEY,              \
			ROW(version, INT64)),                                                   \
	}
/* The same, with the account that shows the change. */
#define SAVE_VISIBLY_WITH(SET, ...)                                                             \
	{                                                                                       \
		.text = "UPDATE wechat_user u FORCE INDEX (PRIMARY) "                           \
			"JOIN account a FORCE INDEX (PRIMARY) ON a.id = u.account_id "          \
			"SET " USER_ROW_SET_CHANGED("u.") ", " USER_ROW_SET_ACTIVE_IF("u.")     \
			SET("u.") ", " ACCOUNT_SET_TOUCHED("a.")                                \
			" WHERE u.tenant_id = ? AND u.id = ? AND u.version = ?",                \
		.changes_users = true,                                                          \
		.params = COLUMNS(ROW(becomes_active, BOOL), __VA_ARGS__,                       \
			COLUMN(struct saved_row, concurrency_stamp, UUID), ROW_KEY,             \
			ROW(version, INT64)),                                                   \
	}
/* NAMES, MARKS and columns are those of the profile, each with a comma behind it. */
#define INSERT_WITH(NAMES, MARKS, ...)                                                          \
	{                                                                                       \
		.text = "INSERT INTO wechat_user (" NAMES "tenant_id, row_uuid, openid, "       \
			"app_id, account_id, unionid, unionid_platform_id, session_key, "       \
			"exchanged_at, active_on, session_at, created_at) VALUES (" MARKS       \
			"?, ?, ?, ?, ?, ?, ?, ?, IF(?, UTC_TIMESTAMP(6), NULL), "               \
			"IF(?, " ACTIVE_DAY_TODAY ", NULL), exchanged_at, UTC_TIMESTAMP(6))",   \
		.params = COLUMNS(__VA_ARGS__ ROW(tenant_id, INT32), ROW(row_uuid, UUID),       \
			ROW(openid, STR), USER_ROW_OWNER, USER_ROW_SESSION_KEY,                 \
			ROW(is_exchanged, BOOL), ROW(becomes_active, BOOL)),                    \
		.changes_users = true,                                                          \
	}

enum {
	FIND, FIND_BY_OPENID, LOCK, LOCK_BY_OPENID, INSERT, INSERT_BARE, SAVE, SAVE_VISIBLY,
	SAVE_BRIEF, SAVE_BRIEF_VISIBLY, UPDATE_PROFILE, UPDATE_OWNER, UPDATE_SESSION, FORGET_WECHAT,
	DATE_ACCOUNT, DATE_MEMBER,
};

static const struct stmt statements[] = {
	[FIND] = {
		.text = SELECT_BRIEF USER_OF_ID "WHERE id = ?",
		.reads_again = true,
		.params = COLUMNS(ROW(tenant_id, TENANT), ROW(id, INT32)),
		.columns = brief_columns,
	},
	[FIND_BY_OPENID] = {
		.text = SELECT_BRIEF USER_OF_OPENID "WHERE tenant_id = ? AND openid = ?",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(openid, STR)),
		.columns = brief_columns,
	},
	[LOCK] = {
		.text = SELECT_ROW USER_OF_ID "WHERE tenant_id = ? AND id = ? FOR UPDATE",
		.reads_again = true,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(id, INT32)),
		.columns = row_columns,
	},
	[LOCK_BY_OPENID] = {
		.text = SELECT_ROW USER_OF_OPENID
			"WHERE tenant_id = ? AND openid = ? FOR UPDATE",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(openid, STR)),
		.columns = row_columns,
	},
	[INSERT] = INSERT_WITH("name, name_at, avatar, avatar_at, phone, phone_at, gender, "
		"gender_at, language, country, province, city, place_at, user_set, subscribe_at, "
		"phone_hash, ", STMT_TEN_MARKS ", ?, ?, ?, ?, ?, ?, ",
		USER_ROW_PROFILE, KEYED(struct user_row, profile.phone, LOOKUP, "phone"),),
	/* Most users bring no profile. It costs the server a quarter less. */
	[INSERT_BARE] = INSERT_WITH("", "", ),
	[SAVE] = SAVE_WITH(USER_ROW_SET_PROFILE, USER_ROW_UPDATE),
	[SAVE_VISIBLY] = SAVE_VISIBLY_WITH(USER_ROW_SET_PROFILE, USER_ROW_UPDATE),
	[SAVE_BRIEF] = SAVE_WITH(USER_ROW_SET_BRIEF, USER_ROW_UPDATE_BRIEF),
	[SAVE_BRIEF_VISIBLY] = SAVE_VISIBLY_WITH(USER_ROW_SET_BRIEF, USER_ROW_UPDATE_BRIEF),
	[UPDATE_PROFILE] = {
		.text = UPDATE_OF_ID USER_ROW_SET_CHANGED("") ", "
			USER_ROW_SET_PROFILE("") " WHERE tenant_id = ? AND id = ?",
		.changes_users = true,
		.params = COLUMNS(USER_ROW_UPDATE, ROW_KEY),
	},
	[UPDATE_OWNER] = {
		.text = UPDATE_OF_ID USER_ROW_SET_CHANGED("") ", "
			USER_ROW_SET_ACTIVE_IF("") SET_OWNER " WHERE tenant_id = ? AND id = ?",
		.changes_users = true,
		.params = COLUMNS(ROW(becomes_active, BOOL), USER_ROW_OWNER, ROW_KEY),
	},
	[UPDATE_SESSION] = {
		.text = UPDATE_OF_ID SET_CHANGED_BY_OWNER SET_OWNER ", "
			"session_key = ?, session_at = UTC_TIMESTAMP(6), "
			USER_ROW_SET_ACTIVE_IF("") "exchanged_at = UTC_TIMESTAMP(6) "
			"WHERE tenant_id = ? AND id = ?",
		.changes_users = true,
		.params = COLUMNS(CHANGED_BY_OWNER, USER_ROW_OWNER, USER_ROW_SESSION_KEY,
			ROW(becomes_active, BOOL), ROW_KEY),
	},
	[FORGET_WECHAT] = {
		.text = UPDATE_OF_ID USER_ROW_SET_CHANGED("") ", "
			IF_SET(NAME, "name", "''") ", " IF_SET(AVATAR, "avatar", "''") ", "
			IF_SET(GENDER, "gender", "0") ", " IF_SET(LANGUAGE, "language", "''") ", "
			IF_SET(PLACE, "country", "''") ", " IF_SET(PLACE, "province", "''") ", "
			IF_SET(PLACE, "city", "''")
			" WHERE tenant_id = ? AND id = ?",
		.changes_users = true,
		.params = COLUMNS(ROW_KEY),
	},
	[DATE_ACCOUNT] = {
		.text = "UPDATE wechat_user SET " USER_ROW_SET_CHANGED("")
			" WHERE tenant_id = ? AND account_id = ?",
		.changes_users = true,
		.params = COLUMNS(DATED(tenant_id, INT32), DATED(account_id, UUID)),
	},
	[DATE_MEMBER] = {
		.text = "UPDATE wechat_user SET " USER_ROW_SET_CHANGED("") " + INTERVAL ? SECOND "
			"WHERE member_id = ? AND tenant_id = ?",
		.changes_users = true,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(DATED(ahead_s, INT32), DATED(member_id, INT32),
			DATED(tenant_id, INT32)),
	},
};

const struct stmt_table user_row_statements = STMT_TABLE(statements);

enum err user_row_find(struct db *db, int32_t tenant_id, int32_t id, struct user_row *row_r)
{
	*row_r = (struct user_row){.tenant_id = tenant_id, .id = id};
	return stmt_need(db, &statements[FIND], row_r, row_r, ERR_USER_UNKNOWN);
}

enum err user_row_find_by_openid(
	struct db *db, int32_t tenant_id, const char *openid, struct user_row *row_r)
{
	*row_r = (struct user_row){.tenant_id = tenant_id, .openid = openid};
	return stmt_need(db, &statements[FIND_BY_OPENID], row_r, row_r, ERR_USER_UNKNOWN);
}

enum err user_row_lock(struct db *db, int32_t tenant_id, int32_t id, struct user_row *row_r)
{
	*row_r = (struct user_row){.tenant_id = tenant_id, .id = id};
	return stmt_need(db, &statements[LOCK], row_r, row_r, ERR_USER_UNKNOWN);
}

enum err user_row_lock_by_openid(
	struct db *db, int32_t tenant_id, const char *openid, struct user_row *row_r)
{
	*row_r = (struct user_row){.tenant_id = tenant_id, .openid = openid};
	return stmt_need(db, &statements[LOCK_BY_OPENID], row_r, row_r, ERR_USER_UNKNOWN);
}

void user_row_init(struct user_row *row, int32_t tenant_id, const char *openid)
{
	*row = (struct user_row){
		.tenant_id = tenant_id,
		.row_uuid = uuid_random(),
		.openid = openid,
		.today = USER_IS_OF_TODAY,
		.profile = {
			.name = "", .avatar = "", .phone = "", .language = "", .country = "",
			.province = "", .city = "",
		},
	};
}

enum err user_row_lock_or_init(
	struct db *db, int32_t tenant_id, const char *openid, struct user_row *row_r)
{
	enum err err = user_row_lock_by_openid(db, tenant_id, openid, row_r);

	if (err != ERR_USER_UNKNOWN)
		return err;
	user_row_init(row_r, tenant_id, openid);
	return ERR_NONE;
}

bool user_row_take_app(struct user_row *row, int32_t app_id)
{
	if (row->app_id != 0 && row->app_id != app_id && row->was_exchanged)
		return false;
	row->is_new_to_app = row->app_id != app_id;
	row->has_left_app = row->is_new_to_app && row->app_id != 0;
	row->app_id = app_id;
	return true;
}

static bool user_row_has_profile(const struct user_row *row)
{
	const struct profile *profile = &row->profile;
	const char *const texts[] = {
		profile->name, profile->avatar, profile->phone, profile->language,
		profile->country, profile->province, profile->city,
	};
	bool has_text = false;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		has_text |= *texts[i] != '\0';
	return has_text || profile->gender != 0 || profile->subscribed_us != 0 ||
		row->user_set != 0;
}

enum err user_row_insert(struct db *db, struct user_row *row)
{
	const int insert = user_row_has_profile(row) ? INSERT : INSERT_BARE;
	enum err err = stmt_write(db, &statements[insert], row);

	if (err == ERR_NONE)
		row->id = (int32_t)db->insert_id;
	return err;
}

/* Whether name, avatar and phone at most have changed. */
static bool user_row_is_brief(const struct profile_update *update)
{
	return (update->decided & ~(USER_SET_NAME | USER_SET_AVATAR | USER_SET_PHONE)) == 0 &&
		update->profile.subscribed_us == 0;
}

enum err user_row_save_profile(
	struct db *db, const struct user_row *row, struct profile_effect effect)
{
	static const int saves[2][2] = {{SAVE, SAVE_VISIBLY}, {SAVE_BRIEF, SAVE_BRIEF_VISIBLY}};
	const bool is_brief = user_row_is_brief(&row->update);
	const bool is_shown = effect.is_visible && !uuid_is_nil(row->account_id);
	const struct saved_row saved = {.user = *row, .concurrency_stamp = uuid_random()};

	return stmt_change(db, &statements[saves[is_brief][is_shown]], &saved, ERR_ABSENT);
}

enum err user_row_add_day(struct db *db, const struct user_row *row)
{
	const struct active_day day = {
		.tenant_id = row->tenant_id, .app_id = row->app_id, .wechat_user_id = row->id,
		.account_id = row->account_id, .is_new = row->today == USER_IS_OF_TODAY,
	};

	return row->today == USER_WAS_ACTIVE_TODAY ? ERR_NONE : active_day_add(db, &day);
}

enum err user_row_update_profile(struct db *db, const struct user_row *row)
{
	return stmt_write(db, &statements[UPDATE_PROFILE], row);
}

enum err user_row_update_owner(struct db *db, const struct user_row *row)
{
	const struct stmt *update = &statements[row->is_exchanged ? UPDATE_SESSION : UPDATE_OWNER];

	return stmt_write(db, update, row);
}

enum err user_row_forget_wechat(struct db *db, int32_t tenant_id, int32_t id)
{
	const struct user_row row = {.tenant_id = tenant_id, .id = id};

	return stmt_write(db, &statements[FORGET_WECHAT], &row);
}

enum err user_row_date_account(struct db *db, int32_t tenant_id, struct uuid account_id)
{
	const struct dated_row row = {.tenant_id = tenant_id, .account_id = account_id};

	return stmt_write(db, &statements[DATE_ACCOUNT], &row);
}

enum err user_row_date_member(struct db *db, int32_t tenant_id, int32_t member_id)
{
	const struct dated_row row = {
		.tenant_id = tenant_id, .member_id = member_id, .ahead_s = db->ahead_s,
	};

	return stmt_write(db, &statements[DATE_MEMBER], &row);
}
