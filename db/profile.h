/*
 * The row of a WeChat user as logins and saves change it, and the rule of its profile: what the
 * user has set, WeChat does not overwrite; no value (gender 0, what db/placeholder.h lists)
 * overwrites anything; the empty text clears where a user saves, and else is no value either.
 */
#ifndef PROFILE_H
#define PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

enum profile_source {
	PROFILE_FROM_WECHAT,
	PROFILE_FROM_CLIENT, /* the user's, as far as WeChat tells it to the user's app */
	PROFILE_FROM_USER,
};

/* As stored: never NULL. As a change: NULL keeps; "" clears from the user alone. */
struct profile {
	const char *name, *avatar, *phone;
	const char *language, *country, *province, *city;
	int32_t gender; /* 1, 2; else not known */
	int64_t subscribed_us; /* 0 and before 1970: not known */
};

struct user_row {
	int32_t id, tenant_id;
	struct uuid row_uuid;
	int32_t app_id;                       /* 0: none yet */
	struct uuid account_id; /* nil: none yet */
	const char *openid, *unionid;         /* unionid NULL: not known */
	int32_t unionid_platform_id; /* where it counts; 0: where its app was before it moved */
	const char *session_key;              /* only goes in */
	bool is_exchanged; /* only goes in: a code has just been exchanged for this user */
	bool was_exchanged; /* only comes out: one has been before, so that the app is sure */
	bool is_new_to_app; /* it was no app's yet, or another's */
	struct profile profile;
	int64_t name_us, avatar_us, phone_us, gender_us, place_us;
	int32_t user_set;
	int32_t member_id;
};

/* Within a transaction; the row is locked: 1, 0 or -1. */
int user_row_lock(struct db *db, int32_t tenant_id, int32_t id, struct user_row *row_r);
int user_row_lock_by_openid(
	struct db *db, int32_t tenant_id, const char *openid, struct user_row *row_r);
/* A new row in memory. */
void user_row_init(struct user_row *row, int32_t tenant_id, const char *openid);
/* False: it is another app's. One that only a tenant's server or a session_key has named, not a
 * code of its own, gives way. */
bool user_row_take_app(struct user_row *row, int32_t app_id);
/* Sets row->id: 0, STMT_DUPLICATE or -1. */
int user_row_insert(struct db *db, struct user_row *row);
/* 0 or -1. */
int user_row_update_profile(struct db *db, const struct user_row *row);
/* app_id, account_id and unionid; of an exchanged user the session too. */
int user_row_update_owner(struct db *db, const struct user_row *row);

/* The profile keeps what the user has set. 0 or -1. */
int user_row_forget_wechat(struct db *db, int32_t id);

struct profile_effect {
	bool is_changed;
	bool is_visible; /* changed in what an account shows */
};

struct profile_effect profile_apply(
	struct user_row *row, const struct profile *change, enum profile_source source);

#endif
