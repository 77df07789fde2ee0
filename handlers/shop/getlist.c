#include "arena.h"
#include "limit.h"
#include "request.h"
#include "shop/dialect.h"
#include "wechat_user.h"

#define IDS_MAX 1000

struct getlist_request {
	struct int32_list ids;
};

struct getlist_answer {
	struct object_list users;
};

static const struct field request_fields[] = {
	FIELD(struct getlist_request, ids, INT32_LIST, .is_id = true,
		.text = {"用户 Id，最多 1000 个，再多为 HTTP 400；不是整数的文本、小数和 null 略去，"
			"其中有 true、false、列表或对象时请求体无法读取",
			"ids of users, at most 1,000, more are HTTP 400; a text that is no "
			"integer, a fraction and null are left out, and with true, false, a list "
			"or an object among them the body cannot be read"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "Ids", .size = sizeof(struct getlist_request), .kind = SHAPE_LIST,
	.fields = request_fields,
};

static const struct field answer_fields[] = {
	FIELD(struct getlist_answer, users, OBJECT_LIST, .shape = &shop_user_shape,
		.text = {"找到的用户", "the users found"}),
	FIELD_END
};

static const struct shape answer_shape = {
	.name = "WxBuyingUsers", .size = sizeof(struct getlist_answer), .kind = SHAPE_LIST,
	.fields = answer_fields,
};

static int compare_ids(const void *a, const void *b)
{
	const struct wechat_user *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

/* The known users in the order of ids, each once. */
static struct object_list in_asked_order(struct request *req, const struct int32_list *ids,
	const struct wechat_user_list *known)
{
	struct wechat_user *users = known->users;
	size_t n_users = known->n_users;
	struct shop_user *ordered = arena_array(req->arena, struct shop_user, n_users);
	struct object_list list = {.items = ordered};
	bool *is_taken = arena_array(req->arena, bool, n_users);

	qsort(users, n_users, sizeof(*users), compare_ids);
	for (size_t i = 0; i < ids->n_items; i++) {
		const struct wechat_user key = {.id = ids->items[i]};
		const struct wechat_user *user =
			bsearch(&key, users, n_users, sizeof(*users), compare_ids);

		if (user == NULL || is_taken[user - users])
			continue;
		is_taken[user - users] = true;
		ordered[list.n_items++] = shop_user_from(user);
	}
	return list;
}

static enum err getlist(struct request *req)
{
	const struct getlist_request *in = req->in;
	struct getlist_answer *out = req->out;
	struct wechat_user_list users;
	enum err err;

	if (in->ids.n_items > IDS_MAX)
		return request_fail(req, ERR_BAD_REQUEST, "over 1,000 ids");
	err = wechat_user_list(req->db, req->principal.tenant_id, in->ids.items, in->ids.n_items,
		&users);
	if (err != ERR_NONE)
		return err;
	out->users = in_asked_order(req, &in->ids, &users);
	limit_note_rows(req, out->users.n_items > 0 ? out->users.n_items : 1);
	return ERR_NONE;
}

static const enum err errors[] = {ERR_BAD_REQUEST, ERR_NONE};

const struct endpoint shop_getlist = {
	.dialect = &shop_dialect,
	.method = "POST",
	.path = "api/weixin/wxbuyinguser/getlist",
	.summary = {"获取微信买家用户列表", "Get several users"},
	.details = {"按请求中的顺序返回，重复的只返回一次，没有的略去。",
		"The users come in the order of the request, each once; unknown ids are left out."},
	.access = ACCESS_KEY_READ,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.tolerates_errors = true,
	.unreadable = ERR_BAD_REQUEST,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &answer_shape,
	.errors = errors,
	.run = getlist,
};
