#include "arena.h"
#include "limit.h"
#include "person_view.h"
#include "request.h"
#include "user_changes.h"
#include "v1/dialect.h"
#include "v1/faults.h"
#include "v1/v1_person.h"

struct changes_request {
	const char *cursor;
};

static const struct field request_fields[] = {
	FIELD(struct changes_request, cursor, STR, .name = "cursor", .is_id = true,
		.max = USER_CHANGES_CURSOR_MAX,
		.text = {"上一页返回的 cursor；不填从头开始，不是本租户的返回 value",
			"cursor of the page before; absent: from the beginning; one that is not "
			"this tenant's is refused by value"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "ChangesRequest", .size = sizeof(struct changes_request),
	.fields = request_fields,
};

struct changes_page {
	struct object_list users;
	const char *cursor;
	bool has_more;
};

#define PAGE(member, type, ...) FIELD(struct changes_page, member, type, __VA_ARGS__)

static const struct field page_fields[] = {
	PAGE(users, OBJECT_LIST, .name = "users", .shape = &v1_change_shape,
		.text = {"按变更顺序", "in the order of their changes"}),
	PAGE(cursor, STR, .name = "cursor", .max = USER_CHANGES_CURSOR_MAX,
		.text = {"下一页从这里开始", "for the next page"}),
	PAGE(has_more, BOOL, .name = "has_more",
		.text = {"true 表示马上读下一页；false 表示过一会儿再读",
			"true: read the next page now; false: later"}),
	FIELD_END
};

static const struct shape page_shape = {
	.name = "Changes", .size = sizeof(struct changes_page), .fields = page_fields,
};

static const char *change_uuid(struct request *req, struct uuid id)
{
	char *text = arena_alloc(req->arena, UUID_TEXT_SIZE);

	uuid_format(id, text);
	return uuid_is_nil(id) ? NULL : text;
}

static struct v1_change change_from(struct request *req, const struct user_change *from)
{
	static const char *const states[] = {
		[USER_PRESENT] = "present", [USER_CLOSED] = "closed", [USER_ERASED] = "erased",
		[USER_MERGED] = "merged",
	};

	return (struct v1_change){
		.id = from->wechat_user_id,
		.state = states[from->state],
		.into = change_uuid(req, from->into_id),
		.person.account_id = change_uuid(req, from->account_id),
	};
}

/* Who is not there any more comes on a later page. */
static enum err changes_show(struct request *req, const struct user_changes *page,
	const struct person_view *persons, struct object_list *users_r)
{
	struct v1_change *users = arena_array(req->arena, struct v1_change, page->n_changes);
	size_t n = 0;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < page->n_changes && err == ERR_NONE; i++) {
		const bool is_present = page->changes[i].state == USER_PRESENT;

		if (is_present && persons[i].user.id == 0)
			continue;
		users[n] = change_from(req, &page->changes[i]);
		if (is_present)
			err = v1_person_from(req, &persons[i], &users[n].person);
		n++;
	}
	*users_r = (struct object_list){.items = users, .n_items = n};
	limit_note_rows(req, n);
	return err;
}

static enum err users_changes(struct request *req)
{
	const struct changes_request *in = req->in;
	struct changes_page *out = req->out;
	struct user_changes page = {0};
	struct person_view *persons;
	int32_t *ids;
	enum err err = user_changes_page(req->db, req->principal.tenant_id, in->cursor, &page);

	if (err == ERR_PARAMETER)
		return v1_refuse_member(req, "cursor",
			(struct text){"不是本租户的 cursor。", "It is no cursor of this tenant."});
	if (err != ERR_NONE)
		return err;
	ids = arena_array(req->arena, int32_t, page.n_changes);
	for (size_t i = 0; i < page.n_changes; i++)
		if (page.changes[i].state == USER_PRESENT)
			ids[i] = page.changes[i].wechat_user_id;
	err = person_view_list(
		req->db, req->principal.tenant_id, ids, page.n_changes, &persons);
	if (err != ERR_NONE)
		return err;
	out->cursor = page.cursor;
	out->has_more = page.has_more;
	return changes_show(req, &page, persons, &out->users);
}

static const enum err errors[] = {ERR_PARAMETER, ERR_CURSOR_TOO_OLD, ERR_NONE};

const struct endpoint v1_users_changes = {
	.dialect = &v1_dialect,
	.method = "GET",
	.path = "v1/users/changes",
	.summary = {"跟随用户的变更", "Follow the changes of users"},
	.details = {"按变更顺序列出全部用户，每页 1000 个变更，截至 10 秒之前；用户可能重复，但不会遗漏。"
		    "同一账号在前面页中出现过的用户随之再次返回。erased（已删除）和 merged（账号已并入 into）"
		    "保留 30 天；有 account_id 表示该账号也不再存在。closed 的账号已由本人注销，重新打开后会作为 present "
		    "再次返回，删除后为 erased。只改变登录时间的登录不算变更；开关的默认值改变、手机号验证过期也不算。",
		"All users in the order of their changes, 1,000 changes a page, until 10 s ago. A "
		"user may come twice, but is never missed; with each come those of the same "
		"account who were on earlier pages. erased, and merged (the account has become "
		"into), are told for 30 days; with an account_id, that account is gone, too. "
		"closed is an account that its person has closed: it comes as present when it is "
		"opened again, or as erased. A login that changes nothing else is no change, nor "
		"is a new default of a flag or a confirmation that expires."},
	.access = ACCESS_KEY_READ,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = errors,
	.run = users_changes,
};
