/*
 * A person as /v1 shows it, and the profile as /v1 takes it: the answer of GET /v1/me and of what
 * finds users. A merge patch of it (RFC 7396) may change the profile; the rest is read-only.
 */
#ifndef V1_PERSON_H
#define V1_PERSON_H

#include "err.h"
#include "shape.h"
#include "user_row.h"

struct person_view;
struct request;

struct v1_profile {
	const char *name, *avatar;
	int32_t gender;
	bool has_gender; /* a patch names it, be it null */
	const char *language, *country, *province, *city;
};

struct v1_user {
	int32_t id;
	const char *appid, *openid, *unionid;
	bool is_following;
};

struct v1_openid {
	const char *appid, *kind, *openid;
};

struct v1_phone {
	const char *number;
	bool is_confirmed;
	int64_t confirmed_us; /* 0: it is not */
};

/* Not all that the tenant keeps: a phone that was issued anew may have been another person's. */
struct v1_member {
	int32_t id;
	const char *name;
	int32_t sex;
	const char *card_state;
};

struct v1_person {
	const char *account_id;
	struct string_list previous_account_ids;
	int64_t created_us;
	const void *user;           /* struct v1_user */
	struct object_list openids; /* of struct v1_openid */
	const void *profile, *phone, *member; /* struct v1_profile, v1_phone, v1_member */
	const void *flags;          /* struct customer_flags */
};

/* A user who has changed, or who is gone. */
struct v1_change {
	int32_t id; /* 0: it is about an account alone */
	const char *state, *into;
	struct v1_person person; /* of one who is gone, account_id alone */
};

extern const struct shape v1_profile_shape, v1_phone_shape, v1_person_shape, v1_change_shape;
/* Of struct consent. */
extern const struct shape v1_consent_shape;

/* Returns ERR_BUSY or ERR_INTERNAL if the flags cannot be found. */
enum err v1_person_from(
	struct request *req, const struct person_view *person, struct v1_person *person_r);
/* Finds the person of a user of the principal's tenant. Returns ERR_USER_UNKNOWN among others. */
enum err v1_person_find(
	struct request *req, int32_t wechat_user_id, struct v1_person *person_r);
/* Answers that person. */
enum err v1_answer_person(struct request *req, int32_t wechat_user_id);
/* Answers the phone of the principal, a person. */
enum err v1_answer_phone(struct request *req);
/* Returns the change that a patch asks for. NULL: it asks for none. */
struct profile v1_profile_change(const struct v1_profile *profile);

#endif
