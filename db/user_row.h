/*
 * The row of a WeChat user, as logins and saves change it. What a change does to the profile in it
 * says user_profile.h.
 */
#ifndef USER_ROW_H
#define USER_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "active_day.h"
#include "column.h"
#include "db.h"
#include "uuid.h"

enum profile_source {
	PROFILE_FROM_WECHAT,
	PROFILE_FROM_CLIENT, /* what WeChat told the user's app, so that it counts as the user's */
	PROFILE_FROM_USER,
	PROFILE_FROM_EDIT, /* the same; what the user clears stays so, too */
};

/* What is known of a user and the day that it is. */
enum user_today {
	USER_IS_OF_BEFORE,
	USER_IS_OF_TODAY, /* stored today */
	USER_WAS_ACTIVE_TODAY,
};

#define PROFILE_NO_GENDER (-1) /* in a change of PROFILE_FROM_EDIT: clears it */

/* A stored text is never NULL. In a change NULL keeps what is stored. */
struct profile {
	const char *name, *avatar, *phone;
	const char *language, *country, *province, *city;
	int32_t gender;        /* 1 or 2; anything else is unknown, and changes nothing */
	int64_t subscribed_us; /* 0 or before 1970 is unknown */
};

/* What an UPDATE writes of a profile. NULL and 0 keep what is stored, so that it writes nothing
 * that has not changed. */
struct profile_update {
	struct profile profile;
	int64_t name_us, avatar_us, phone_us, gender_us, place_us;
	int32_t decided, user_set; /* the bits of user_set that it writes, and those of them set */
};

/* Bits of user_set; the last one is country, province and city. */
#define USER_SET_NAME 1
#define USER_SET_AVATAR 2
#define USER_SET_PHONE 4
#define USER_SET_GENDER 8
#define USER_SET_LANGUAGE 16
#define USER_SET_PLACE 32

struct user_row {
	int32_t id, tenant_id;
	int64_t version; /* read, never written: each UPDATE raises it by one */
	struct uuid row_uuid;
	int32_t app_id;               /* 0 until an app has named the user */
	struct uuid account_id;       /* nil if the user has no account yet */
	const char *openid, *unionid; /* unionid is NULL if it is unknown */
	int32_t unionid_platform_id;  /* where it counts; 0: where the app was before it moved */
	const char *session_key;      /* written, never read */
	bool is_exchanged;  /* written, never read: a code was just exchanged for this user */
	bool was_exchanged; /* read, never written: one was exchanged before, so the app is sure */
	int32_t today;       /* an enum user_today: read, never written */
	bool becomes_active; /* written, never read: on this day */
	bool is_new_to_app; /* the user had no app, or another one, until now */
	bool has_left_app;  /* another one */
	struct profile profile;
	int64_t name_us, avatar_us, phone_us, gender_us, place_us;
	int32_t user_set; /* the bits USER_SET_…: what the user has set */
	int32_t member_id;
	bool is_closed; /* the account is (account_close.h); read with a lock only */
	struct profile_update update; /* by user_profile_apply() */
};

struct profile_effect {
	bool is_changed;
	bool is_visible; /* something changed that an account shows */
};

/* ---- With or without a transaction. */

/* Reads of the row what a change of name, avatar and phone needs, or returns ERR_USER_UNKNOWN,
 * also for a user whose account is closed. */
enum err user_row_find(struct db *db, int32_t tenant_id, int32_t id, struct user_row *row_r);
enum err user_row_find_by_openid(
	struct db *db, int32_t tenant_id, const char *openid, struct user_row *row_r);
/* Stores a new row and sets row->id. */
enum err user_row_insert(struct db *db, struct user_row *row);
/* Stores what user_profile_apply() has changed, and that its account has changed if that shows it.
 * Returns ERR_ABSENT if the row is no longer as it was read. */
enum err user_row_save_profile(
	struct db *db, const struct user_row *row, struct profile_effect effect);

/* ---- Within a transaction. */

/* Reads and locks the row, or returns ERR_USER_UNKNOWN. */
enum err user_row_lock(struct db *db, int32_t tenant_id, int32_t id, struct user_row *row_r);
enum err user_row_lock_by_openid(
	struct db *db, int32_t tenant_id, const char *openid, struct user_row *row_r);
/* Fills a new row, which is not stored. */
void user_row_init(struct user_row *row, int32_t tenant_id, const char *openid);
/* Locks the stored row, or fills a new one. */
enum err user_row_lock_or_init(
	struct db *db, int32_t tenant_id, const char *openid, struct user_row *row_r);
/* Sets the app. Returns false if a code of another app was exchanged for the user; an app that only
 * a tenant's server or a session_key has named gives way. */
bool user_row_take_app(struct user_row *row, int32_t app_id);
/* Notes that the user, as just stored, is active today (active_day.h). */
enum err user_row_add_day(struct db *db, const struct user_row *row);
/* Stores what user_profile_apply() has changed of a locked row. */
enum err user_row_update_profile(struct db *db, const struct user_row *row);
/* Writes app_id, account_id and unionid, and the session of an exchanged user. Any other one counts
 * as changed, since nothing else says that it was used (USER_ROW_USED_AT). */
enum err user_row_update_owner(struct db *db, const struct user_row *row);
/* Clears what came from WeChat, and keeps what the user has set. */
enum err user_row_forget_wechat(struct db *db, int32_t tenant_id, int32_t id);
/* Each dates the users as changed: all of an account; all who are bound to a member, db->ahead_s
 * ahead (transaction.h). */
enum err user_row_date_account(struct db *db, int32_t tenant_id, struct uuid account_id);
enum err user_row_date_member(struct db *db, int32_t tenant_id, int32_t member_id);

/* SQL: what an UPDATE sets that changes what user_changes.h shows of a user, or through it of its
 * account. Its stmt.changes_users is set. */
#define USER_ROW_SET_CHANGED(u)                                                                    \
	u "version = " u "version + 1, " u "changed_at = UTC_TIMESTAMP(6)"

/* SQL: becomes_active. */
#define USER_ROW_SET_ACTIVE_IF(u) u "active_on = IF(?, " ACTIVE_DAY_TODAY ", " u "active_on), "

/* SQL: the last login: when WeChat last exchanged a code here; until then that which an import has
 * brought, else the beginning of the last day on which the customer dialect authorized the user.
 * What a tenant's server saves is no login. */
#define USER_ROW_LOGIN_AT(u)                                                                       \
	"COALESCE(" u "exchanged_at, IF(" u "account_id IS NULL, NULL, COALESCE(" u "session_at, " \
	u "active_on - INTERVAL 8 HOUR)))"

/* SQL: when the user was last used: a login, a session, or a change that /v1 shows. */
#define USER_ROW_USED_AT(u)                                                                        \
	"GREATEST(" u "changed_at, COALESCE(" u "exchanged_at, " u "created_at), "                 \
	"COALESCE(" u "session_at, " u "created_at))"

/* ---- For a SELECT of another file that reads users: what is named behind the prefix, as in "u.",
 * and where it goes. A struct that begins with a struct user_row may take the place of one. */

#define USER_ROW_NAMES(u)                                                                          \
	u "id, " u "version, " u "tenant_id, " u "row_uuid, " u "app_id, " u "account_id, "        \
	u "unionid, " u "unionid_platform_id, " u "openid, " u "name, " u "name_at, "              \
	u "avatar, " u "avatar_at, " u "phone, " u "phone_at, " u "gender, " u "gender_at, "       \
	u "language, " u "country, " u "province, " u "city, " u "place_at, " u "user_set, "       \
	u "subscribe_at, " u "exchanged_at IS NOT NULL, "                                          \
	USER_ROW_TODAY(u) ", " u "member_id"
/* An enum user_today. */
#define USER_ROW_TODAY(u)                                                                          \
	"IF(" u "active_on = " ACTIVE_DAY_TODAY ", 2, "                                            \
	ACTIVE_DAY_OF(u "created_at") " = " ACTIVE_DAY_TODAY ")"
#define USER_ROW_COLUMNS                                                                           \
	USER_ROW(id, INT32), USER_ROW(version, INT64), USER_ROW(tenant_id, TENANT),                \
		USER_ROW(row_uuid, UUID), USER_ROW_OWNER, USER_ROW(openid, STR), USER_ROW_PROFILE, \
		USER_ROW(was_exchanged, BOOL), USER_ROW(today, INT32),                             \
		USER_ROW(member_id, REF)
#define USER_ROW(member, type) COLUMN(struct user_row, member, type)
#define USER_ROW_OWNER                                                                             \
	USER_ROW(app_id, REF), USER_ROW(account_id, UUID), USER_ROW(unionid, STR),                 \
		USER_ROW(unionid_platform_id, REF)
#define USER_ROW_PROFILE                                                                           \
	USER_ROW(profile.name, STR), USER_ROW(name_us, TIME), USER_ROW(profile.avatar, STR),       \
		USER_ROW(avatar_us, TIME),                                                         \
		SEALED(struct user_row, profile.phone, "wechat_user", "phone"),                    \
		USER_ROW(phone_us, TIME), USER_ROW(profile.gender, INT32),                         \
		USER_ROW(gender_us, TIME), USER_ROW(profile.language, STR),                        \
		USER_ROW(profile.country, STR), USER_ROW(profile.province, STR),                   \
		USER_ROW(profile.city, STR), USER_ROW(place_us, TIME), USER_ROW(user_set, INT32),  \
		USER_ROW(profile.subscribed_us, TIME)

/* The same for an UPDATE of what user_profile_apply() has changed; BRIEF if that is name, avatar
 * and phone at most. phone_us tells a phone that is cleared, which is NULL, from one that is kept.
 */
#define USER_ROW_SET_BRIEF(u)                                                                      \
	USER_ROW_SET(u, "name") USER_ROW_SET(u, "name_at")                                         \
	USER_ROW_SET(u, "avatar") USER_ROW_SET(u, "avatar_at") USER_ROW_SET(u, "phone_at")         \
	u "phone = IF(? IS NULL, " u "phone, ?), "                                                 \
	u "phone_hash = IF(? IS NULL, " u "phone_hash, ?), "                                       \
	u "user_set = " u "user_set & ~? | ?"
#define USER_ROW_SET_PROFILE(u)                                                                    \
	u "gender = IF(? IS NULL, " u "gender, ?), "                                               \
	USER_ROW_SET(u, "gender_at") USER_ROW_SET(u, "language")                                   \
	USER_ROW_SET(u, "country") USER_ROW_SET(u, "province") USER_ROW_SET(u, "city")             \
	USER_ROW_SET(u, "place_at") USER_ROW_SET(u, "subscribe_at") USER_ROW_SET_BRIEF(u)
#define USER_ROW_SET(u, column) u column " = COALESCE(?, " u column "), "
#define USER_ROW_UPDATE_BRIEF                                                                      \
	USER_ROW(update.profile.name, STR), USER_ROW(update.name_us, TIME),                        \
		USER_ROW(update.profile.avatar, STR), USER_ROW(update.avatar_us, TIME),            \
		USER_ROW(update.phone_us, TIME), USER_ROW(update.phone_us, TIME),                  \
		SEALED(struct user_row, update.profile.phone, "wechat_user", "phone"),             \
		USER_ROW(update.phone_us, TIME),                                                   \
		KEYED(struct user_row, update.profile.phone, LOOKUP, "phone"),                     \
		USER_ROW(update.decided, INT32), USER_ROW(update.user_set, INT32)
#define USER_ROW_UPDATE                                                                            \
	USER_ROW(update.gender_us, TIME), USER_ROW(update.profile.gender, INT32),                  \
		USER_ROW(update.gender_us, TIME),                                                  \
		USER_ROW(update.profile.language, STR), USER_ROW(update.profile.country, STR),     \
		USER_ROW(update.profile.province, STR), USER_ROW(update.profile.city, STR),        \
		USER_ROW(update.place_us, TIME), USER_ROW(update.profile.subscribed_us, TIME),     \
		USER_ROW_UPDATE_BRIEF
#define USER_ROW_SESSION_KEY SEALED(struct user_row, session_key, "wechat_user", "session_key")

#endif
