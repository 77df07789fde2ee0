/*
 * The bindings of WeChat users to a tenant's members. A user is bound to at most one member. A
 * member is bound to at most one user unless the tenant's setting member_has_many_users allows
 * more. If two requests bind at the same moment, the unique keys of the tables let one of them win.
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

/* Adds a member and binds the user to it. Succeeds again if that was done before. Also returns
 * ERR_PHONE_MALFORMED, ERR_ID_CARD_MALFORMED, ERR_MEMBER_OTHER, ERR_PHONE_TAKEN. */
enum err member_create(struct db *db, const struct principal *principal, int32_t wechat_user_id,
	const struct member *member, int32_t *id_r);
/* Binds the user to the member with that phone. name and id_card must be that member's if they are
 * given and stored; names are compared as by fold_equal(). Also returns ERR_PHONE_MALFORMED,
 * ERR_ID_CARD_MALFORMED, ERR_MEMBER_UNKNOWN, ERR_MEMBER_OTHER, ERR_MEMBER_TAKEN,
 * ERR_MEMBER_MISMATCH, ERR_CARD_LOST, ERR_CARD_VOID, ERR_CARD_UNUSABLE. */
enum err member_bind(struct db *db, const struct principal *principal, int32_t wechat_user_id,
	const struct member *member, int32_t *id_r);
/* Binds the user, a person, to the member who has the phone that the person has confirmed
 * (account.h), or adds that member. The phone of member is ignored. Returns ERR_PHONE_UNCONFIRMED
 * if there is no such phone, and otherwise ERR_MEMBER_REFUSED whatever is wrong. */
enum err member_take(struct db *db, const struct principal *principal, int32_t wechat_user_id,
	const struct member *member);
/* Succeeds also if the user is bound to no member. */
enum err member_unbind(struct db *db, const struct principal *principal, int32_t wechat_user_id);

#endif
