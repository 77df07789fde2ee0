#include "app_kind.h"
#include "arena.h"
#include "authorization.h"
#include "person_view.h"
#include "request.h"
#include "str.h"
#include "v1/v1_person.h"

static const char *v1_unless_empty(const char *text)
{
	return str_is_empty(text) ? NULL : text;
}

static const struct v1_user *v1_user_from(struct request *req, const struct person_view *person)
{
	struct v1_user *user = arena_new_of(req->arena, struct v1_user);

	*user = (struct v1_user){
		.id = person->user.id,
		.appid = person->appid,
		.openid = person->user.openid,
		.unionid = person->user.unionid,
		.is_following = person->account.is_following,
	};
	return user;
}

static struct object_list v1_openids_from(struct request *req, const struct person_view *person)
{
	struct v1_openid *openids = arena_array(req->arena, struct v1_openid, person->n_openids);

	for (size_t i = 0; i < person->n_openids; i++) {
		const struct person_openid *from = &person->openids[i];

		openids[i] = (struct v1_openid){
			.appid = from->appid,
			.kind = from->appid == NULL ? NULL : app_kind_name(from->kind),
			.openid = from->openid,
		};
	}
	return (struct object_list){.items = openids, .n_items = person->n_openids};
}

static const struct v1_profile *v1_profile_from(
	struct request *req, const struct person_view *person)
{
	const struct account *account = &person->account;
	struct v1_profile *profile = arena_new_of(req->arena, struct v1_profile);

	*profile = (struct v1_profile){
		.name = v1_unless_empty(account->name),
		.avatar = v1_unless_empty(account->avatar),
		.gender = account->gender,
		.language = v1_unless_empty(person->user.profile.language),
		.country = v1_unless_empty(account->country),
		.province = v1_unless_empty(account->province),
		.city = v1_unless_empty(account->city),
	};
	return profile;
}

static const struct v1_phone *v1_phone_from(struct request *req, const struct person_view *person)
{
	const struct account *account = &person->account;
	struct v1_phone *phone = arena_new_of(req->arena, struct v1_phone);

	if (*account->phone == '\0')
		return NULL;
	*phone = (struct v1_phone){
		.number = account->phone,
		.is_confirmed = account->phone_is_confirmed,
		.confirmed_us = account->phone_is_confirmed ? person->confirmed_us : 0,
	};
	return phone;
}

static const struct v1_member *v1_member_from(struct request *req, const struct member *from)
{
	struct v1_member *member = arena_new_of(req->arena, struct v1_member);

	if (from->id == 0)
		return NULL;
	*member = (struct v1_member){
		.id = from->id,
		.name = v1_unless_empty(from->name),
		.sex = from->sex,
		.card_state = card_state_name(from->card_state),
	};
	return member;
}

enum err v1_person_from(
	struct request *req, const struct person_view *person, struct v1_person *person_r)
{
	const struct account *account = &person->account;
	struct customer_flags *flags = arena_new_of(req->arena, struct customer_flags);

	*person_r = (struct v1_person){
		.account_id = v1_unless_empty(account->id),
		.previous_account_ids = {
			.items = person->former_ids, .n_items = person->n_former_ids,
		},
		.created_us = account->created_us,
		.user = v1_user_from(req, person),
		.openids = v1_openids_from(req, person),
		.profile = v1_profile_from(req, person),
		.phone = v1_phone_from(req, person),
		.member = v1_member_from(req, &person->member),
		.flags = flags,
	};
	return authorization_flags(req->db, account, flags);
}

enum err v1_person_find(struct request *req, int32_t wechat_user_id, struct v1_person *person_r)
{
	/* The answer refers to it. */
	struct person_view *person = arena_new_of(req->arena, struct person_view);
	enum err err = person_view_find(
		req->db, req->principal.tenant_id, wechat_user_id, person);

	return err == ERR_NONE ? v1_person_from(req, person, person_r) : err;
}

enum err v1_answer_person(struct request *req, int32_t wechat_user_id)
{
	return v1_person_find(req, wechat_user_id, req->out);
}

enum err v1_answer_phone(struct request *req)
{
	const struct principal *principal = &req->principal;
	struct person_view *person = arena_new_of(req->arena, struct person_view);
	const struct v1_phone *phone;
	enum err err = person_view_find(
		req->db, principal->tenant_id, principal->wechat_user_id, person);

	if (err != ERR_NONE)
		return err;
	phone = v1_phone_from(req, person);
	if (phone != NULL)
		*(struct v1_phone *)req->out = *phone;
	return ERR_NONE;
}

struct profile v1_profile_change(const struct v1_profile *profile)
{
	return profile == NULL ? (struct profile){0}
			       : (struct profile){
					 .name = profile->name,
					 .avatar = profile->avatar,
					 .language = profile->language,
					 .country = profile->country,
					 .province = profile->province,
					 .city = profile->city,
					 .gender = !profile->has_gender ? 0
						 : profile->gender == 0 ? PROFILE_NO_GENDER
									: profile->gender,
				 };
}
