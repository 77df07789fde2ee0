/*
 * The dialect shop: Web API 2 in JSON. Reads answer without an envelope, writes in
 * {…, status, message} with HTTP 200.
 */
#ifndef SHOP_DIALECT_H
#define SHOP_DIALECT_H

#include "endpoint.h"

struct principal;
struct db;
struct member;
struct wechat_user;

extern const struct dialect shop_dialect;

/* The user as this dialect shows it, and the message of saveuser. */
struct shop_user {
	int32_t tenant_id;
	const char *open_id, *name, *profile, *phone;
	int32_t member_id;
	int32_t id;
};

extern const struct shape shop_user_shape;

/* The answer of a write inside its envelope: the id of the row written. */
struct shop_written {
	int32_t id;
};

extern const struct shape shop_written_shape;

/* The message of createmember, bindmember and unbindmember. */
struct shop_member_req {
	int32_t wx_buying_user_id;
	const char *name, *phone;
	int32_t sex;
	struct date birthday;
	const char *id_card, *address;
};

extern const struct shape shop_member_req_shape;

/* Calls a rule of db/member_binding.h that gives the user a member. Answers the member's id. */
enum err shop_give_member(struct request *req,
	enum err (*rule)(struct db *db, const struct principal *principal, int32_t wechat_user_id,
		const struct member *member, int32_t *id_r));

struct shop_user shop_user_from(const struct wechat_user *user);

/* Answers with what a look-up of a user returned: an unknown one is null. */
enum err shop_answer_user(struct request *req, enum err err, const struct wechat_user *user);

#endif
