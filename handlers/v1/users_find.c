#include "arena.h"
#include "limit.h"
#include "mobile.h"
#include "person_search.h"
#include "person_view.h"
#include "request.h"
#include "v1/dialect.h"
#include "v1/faults.h"
#include "v1/v1_person.h"

struct find_request {
	const char *openid, *unionid, *phone, *account_id, *external_id, *external_source;
	int32_t id;
	bool include_unconfirmed;
};

#define FIND(member, type, ...) FIELD(struct find_request, member, type, __VA_ARGS__)

static const struct field find_fields[] = {
	FIND(openid, STR, .name = "openid", .is_id = true, .max = 64,
		.text = {"openid", "openid"}),
	FIND(unionid, STR, .name = "unionid", .is_id = true, .max = 64,
		.text = {"unionid", "unionid"}),
	FIND(phone, STR, .name = "phone", .is_id = true, .max = 32,
		.ignores_blanks = true,
		.text = {"手机号：最近验证过它的账号", "phone: the account that confirmed it last"}),
	FIND(id, INT32, .name = "id", .is_id = true,
		.text = {"微信用户的编号", "id of the WeChat user"}),
	FIND(account_id, STR, .name = "account_id", .is_id = true, .max = 36,
		.text = {"账号的编号，也可以是已并入别的账号的",
			"id of an account, also of one that was merged"}),
	FIND(external_id, STR, .name = "external_id", .is_id = true, .max = 128,
		.text = {"原系统的用户编号，随 wxuserctl users import 导入",
			"id in the system before, as wxuserctl users import has brought it"}),
	FIND(external_source, STR, .name = "external_source", .max = 32,
		.text = {"与 external_id 同用：只找该系统的编号，名称由导入时的 --source 给出",
			"with external_id: of this system alone, as --source of the import has "
			"named it"}),
	FIND(include_unconfirmed, BOOL, .name = "include_unconfirmed",
		.text = {"与 phone 同用：也找资料里写了该手机号、但没有验证的用户；没有 phone 时不起作用",
			"with phone: also users whose profile has it, which anybody can claim; "
			"without phone it does nothing"}),
	FIELD_END
};

static const struct shape find_shape = {
	.name = "Find", .size = sizeof(struct find_request), .fields = find_fields,
};

struct found_users {
	struct object_list users;
};

static const struct field found_fields[] = {
	FIELD(struct found_users, users, OBJECT_LIST, .name = "users", .shape = &v1_person_shape,
		.text = {"最多 100 个，id 小的在前；只写了该手机号的在最后",
			"the first 100 by id; those whose profile alone has the phone come last"}),
	FIELD_END
};

static const struct shape found_shape = {
	.name = "Users", .size = sizeof(struct found_users), .fields = found_fields,
};

static enum err show_users(struct request *req, const int32_t *ids, size_t n_ids)
{
	struct found_users *out = req->out;
	struct v1_person *shown = arena_array(req->arena, struct v1_person, n_ids);
	struct person_view *persons;
	size_t n = 0;
	enum err err = person_view_list(
		req->db, req->principal.tenant_id, ids, n_ids, &persons);

	for (size_t i = 0; i < n_ids && err == ERR_NONE; i++)
		if (persons[i].user.id != 0)
			err = v1_person_from(req, &persons[i], &shown[n++]);
	out->users = (struct object_list){.items = shown, .n_items = n};
	limit_note_rows(req, n > 0 ? n : 1); /* a phone may be guessed */
	return err;
}

static enum err find_of_account(struct request *req, struct uuid account_id, int32_t **ids_r,
	size_t *n_ids_r)
{
	*n_ids_r = 0;
	return uuid_is_nil(account_id)
		? ERR_NONE
		: person_search_account(req->db, req->principal.tenant_id, account_id, ids_r,
			  n_ids_r);
}

static bool has_id(const int32_t *ids, size_t n_ids, int32_t id)
{
	for (size_t i = 0; i < n_ids; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Adds the users whose profile has the phone. */
static enum err find_unconfirmed(
	struct request *req, const char *phone, int32_t **ids, size_t *n_ids)
{
	int32_t *all = arena_array(req->arena, int32_t, *n_ids + PERSON_SEARCH_MAX), *more;
	size_t n_more;
	enum err err = person_search_profile_phone(
		req->db, req->principal.tenant_id, phone, &more, &n_more);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; i < *n_ids; i++)
		all[i] = (*ids)[i];
	for (size_t i = 0; i < n_more && *n_ids < PERSON_SEARCH_MAX; i++)
		if (!has_id(all, *n_ids, more[i]))
			all[(*n_ids)++] = more[i];
	*ids = all;
	return ERR_NONE;
}

/* A number is the account's that confirmed it last. */
static enum err find_phone(
	struct request *req, const struct find_request *in, int32_t **ids_r, size_t *n_ids_r)
{
	char phone[MOBILE_ANYWHERE_SIZE];
	enum err err;

	*n_ids_r = 0;
	if (!mobile_normalise_anywhere(in->phone, phone))
		return ERR_NONE;
	err = person_search_phone(
		req->db, req->principal.tenant_id, phone, ids_r, n_ids_r);
	return err == ERR_NONE && in->include_unconfirmed
		? find_unconfirmed(req, phone, ids_r, n_ids_r)
		: err;
}

static enum err find_ids(
	struct request *req, const struct find_request *in, int32_t **ids_r, size_t *n_ids_r)
{
	const int32_t tenant_id = req->principal.tenant_id;
	struct uuid account_id = {{0}};

	if (in->openid != NULL)
		return person_search_openid(req->db, tenant_id, in->openid, ids_r, n_ids_r);
	if (in->unionid != NULL)
		return person_search_unionid(req->db, tenant_id, in->unionid, ids_r, n_ids_r);
	if (in->phone != NULL)
		return find_phone(req, in, ids_r, n_ids_r);
	if (in->external_id != NULL)
		return person_search_external_id(req->db, tenant_id,
			&(struct external_id){in->external_id, in->external_source}, ids_r,
			n_ids_r);
	if (in->account_id != NULL) {
		if (!uuid_parse(in->account_id, &account_id))
			account_id = (struct uuid){{0}};
		return find_of_account(req, account_id, ids_r, n_ids_r);
	}
	*ids_r = arena_array(req->arena, int32_t, 1);
	**ids_r = in->id;
	*n_ids_r = 1;
	return ERR_NONE;
}

static enum err users_find(struct request *req)
{
	const struct find_request *in = req->in;
	const int n_given = (in->openid != NULL) + (in->unionid != NULL) + (in->phone != NULL) +
		(in->account_id != NULL) + (in->external_id != NULL) + (in->id != 0);
	int32_t *ids;
	size_t n_ids;
	enum err err;

	if (n_given != 1)
		return v1_refuse_member(req, "", v1_one_to_find_by);
	err = find_ids(req, in, &ids, &n_ids);
	return err == ERR_NONE ? show_users(req, ids, n_ids) : err;
}

static const enum err find_errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint v1_users_find = {
	.dialect = &v1_dialect,
	.method = "POST",
	.path = "v1/users/find",
	.summary = {"查找用户", "Find users"},
	.details = {"openid、unionid、phone、id、account_id、external_id 中恰好给出一个。每个微信用户一项，"
		    "一个账号可有多项。没有找到，或本人已注销时，users 为空。",
		"By exactly one of openid, unionid, phone, id, account_id and external_id. users "
		"has one entry for each WeChat user, so an account may have several. It is empty "
		"if there is nobody, or the person has closed the account."},
	.access = ACCESS_KEY_READ,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &find_shape,
	.answer = ANSWER_PLAIN,
	.response = &found_shape,
	.errors = find_errors,
	.run = users_find,
};
