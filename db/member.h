/*
 * A tenant's customers and their cards, and which WeChat users are bound to them.
 *
 * A phone is that of one member at most; a void card gives its phone free. A WeChat user has one
 * member at most; a member has one WeChat user unless the tenant's setting member_has_many_users
 * says otherwise. Of two calls at the same moment the unique keys of member and member_binding let
 * one win.
 *
 * Members' phones are mobile numbers, also from abroad. A landline belongs to a household or an
 * office, and a phone is to name one person.
 */
#ifndef DB_MEMBER_H
#define DB_MEMBER_H

#include <stdint.h>

#include "db.h"
#include "secret.h"

struct arena;
struct principal;

enum card_state { CARD_VALID, CARD_LOST, CARD_VOID, CARD_UNUSABLE };

/* Texts as given may be NULL, as stored they are "" when unset. */
struct member {
	int32_t id;
	int32_t tenant_id;
	const char *name, *phone, *id_card, *address;
	const char *birthday; /* "1990-05-01 00:00:00", in UTC+8 */
	int32_t sex;          /* 0 to 9; the tenant's own meaning */
	int32_t card_state;   /* of enum card_state */
	uint8_t row_uuid[SECRET_UUID_SIZE];
};

/* Brings phone and id_card to the form in which they are stored. ERR_PHONE_MALFORMED, also where
 * there is none; ERR_ID_CARD_MALFORMED. */
enum err member_normalise(struct member *member, struct arena *arena);

/* Each of the three returns ERR_USER_UNKNOWN also if the user is not the principal's. To a person
 * it returns ERR_MEMBER_REFUSED whatever is wrong with the phone: the account has not confirmed it,
 * it is taken or no member's, its card cannot be bound, name or idCard are not the member's. */

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
