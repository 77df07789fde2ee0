/*
 * WeChat users: one for each openid of a tenant, with its profile; the user of the shop dialect. A
 * text that cannot be an openid is unknown without asking the database. A row of another tenant, of
 * another person than the principal, or of a closed account counts as absent.
 */
#ifndef DB_WECHAT_USER_H
#define DB_WECHAT_USER_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "principal.h"
#include "uuid.h"

struct profile;

struct wechat_user {
	int32_t id;
	int32_t tenant_id;
	const char *openid;
	const char *name, *avatar, *phone; /* "" when unset */
	int32_t member_id;                 /* 0: none bound */
	/* For db/ alone: what phone is sealed with, and the account that the user belongs to. */
	struct uuid row_uuid, account_id;
};

/* Both return ERR_USER_UNKNOWN if there is no such user. */
enum err wechat_user_by_id(
	struct db *db, const struct principal *principal, int32_t id, struct wechat_user *user_r);
enum err wechat_user_by_openid(struct db *db, const struct principal *principal,
	const char *openid, struct wechat_user *user_r);

struct wechat_user_list {
	struct wechat_user *users;
	size_t n_users;
};

/* Finds the known users among ids, in no particular order. The list is in the arena. An id that
 * occurs twice may be found twice. */
enum err wechat_user_list(struct db *db, int32_t tenant_id, const int32_t *ids, size_t n_ids,
	struct wechat_user_list *list_r);

/* Updates the user with this id or, if id is 0, with this openid; then a tenant's server also
 * inserts a new one. A text that is NULL keeps what is stored, "" clears it. tenant_id is ignored.
 * Returns ERR_USER_UNKNOWN, ERR_OPENID_MALFORMED, ERR_OPENID_FIXED or ERR_MEMBER_ID_FIXED. */
enum err wechat_user_save(struct db *db, const struct principal *principal,
	const struct wechat_user *user, int32_t *id_r);
/* Changes the profile of the user with this id, whose word it counts as. What the change clears
 * stays so: WeChat does not fill it again. Returns ERR_USER_UNKNOWN. */
enum err wechat_user_edit(struct db *db, const struct principal *principal, int32_t id,
	const struct profile *change);

#endif
