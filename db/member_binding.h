/*
 * Which WeChat users are bound to a tenant's members. A WeChat user has one member at most; a
 * member has one WeChat user unless the tenant's setting member_has_many_users says otherwise. Of
 * two calls at the same moment the unique keys of member and member_binding let one win.
 *
 * All functions return ERR_USER_UNKNOWN also if the user is not the principal's. To a person they
 * return ERR_MEMBER_REFUSED whatever is wrong with the phone: the account has not confirmed it, it
 * is taken or no member's, its card cannot be bound, name or idCard are not the member's.
 */
#ifndef MEMBER_BINDING_H
#define MEMBER_BINDING_H

#include <stdint.h>

#include "db.h"
#include "member.h"

struct principal;

/* A new member bound to the user, or the same one again. ERR_PHONE_MALFORMED,
 * ERR_ID_CARD_MALFORMED, ERR_MEMBER_OTHER, ERR_PHONE_TAKEN. */
enum err member_create(struct db *db, const struct principal *principal, int32_t wechat_user_id,
	const struct member *member, int32_t *id_r);
/* The member with that phone, which name and id_card must fit where they are given and known; names
 * as a reader compares them.
 * ERR_PHONE_MALFORMED, ERR_ID_CARD_MALFORMED, ERR_MEMBER_UNKNOWN, ERR_MEMBER_OTHER,
 * ERR_MEMBER_TAKEN, ERR_MEMBER_MISMATCH, ERR_CARD_LOST, ERR_CARD_VOID, ERR_CARD_UNUSABLE. */
enum err member_bind(struct db *db, const struct principal *principal, int32_t wechat_user_id,
	const struct member *member, int32_t *id_r);
/* ERR_NONE too where nothing was bound. */
enum err member_unbind(struct db *db, const struct principal *principal, int32_t wechat_user_id);

#endif
