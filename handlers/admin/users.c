#include "admin/admin_page.h"
#include "admin/admin_query.h"
#include "admin/dialect.h"
#include "arena.h"
#include "limit.h"
#include "request.h"
#include "user_find.h"
#include "v1/admin_user.h"
#include "v1/faults.h"

struct list_request {
	struct page_request page;
	const char *appid, *state;
	const char *created_since, *created_before, *login_since, *login_before;
};

#define ASKED(member, type, ...) FIELD(struct list_request, member, type, __VA_ARGS__)
#define TIME(member, zh, en) ASKED(member, STR, .name = #member, ADMIN_QUERY_TIME, .text = {zh, en})

static const struct field list_fields[] = {
	ADMIN_PAGE_QUERY(struct list_request),
	ASKED(appid, STR, .name = "appid", ADMIN_QUERY_APP,
		.text = {"只列这个应用的", "of this app alone"}),
	ASKED(state, STR, .name = "state", .max = 16,
		.text = {"只列这种状态的：new、active、disabled、locked 或 closed",
			"in this state alone: new, active, disabled, locked or closed"}),
	TIME(created_since, "这个时间及以后创建的", "stored then or later"),
	TIME(created_before, "这个时间以前创建的", "stored before"),
	TIME(login_since, "上次登录在这个时间或以后的", "whose last login was then or later"),
	TIME(login_before, "上次登录在这个时间以前的，或从未登录的",
		"whose last login was before, or who never logged in"),
	FIELD_END
};

static const struct shape list_shape = {
	.name = "UserList", .size = sizeof(struct list_request), .fields = list_fields,
};

static const struct field page_fields[] = {
	ADMIN_PAGE_FIELDS(&admin_user_shape,
		"按编号，个人数据已遮掩；有筛选条件时一页可能较短，甚至为空，只要 next 不是 null 就还有",
		"by id, masked; where it is limited, a page may be short or empty, and there may "
		"be more unless next is null")
};

static const struct shape page_shape = {
	.name = "AdminUsers", .size = sizeof(struct page_answer), .fields = page_fields,
};

static enum err users_read_filter(struct request *req, struct user_filter *filter_r)
{
	const struct list_request *in = req->in;
	enum err err;

	*filter_r = (struct user_filter){.tenant_id = req->principal.tenant_id, .state = -1};
	if (in->state != NULL && !admin_user_state(in->state, &filter_r->state))
		return v1_refuse_member(req, "state",
			(struct text){"须为 new、active、disabled、locked 或 closed。",
				"It must be new, active, disabled, locked or closed."});
	err = admin_query_time(
		req, "created_since", in->created_since, &filter_r->created_since_us);
	if (err == ERR_NONE)
		err = admin_query_time(
			req, "created_before", in->created_before, &filter_r->created_before_us);
	if (err == ERR_NONE)
		err = admin_query_time(
			req, "login_since", in->login_since, &filter_r->login_since_us);
	if (err == ERR_NONE)
		err = admin_query_time(
			req, "login_before", in->login_before, &filter_r->login_before_us);
	return err == ERR_NONE ? admin_query_app(req, in->appid, &filter_r->app_id) : err;
}

static int64_t show_user(void *ctx, const void *row, void *item_r)
{
	const struct request *req = ctx;
	const struct found_user *user = row;

	*(struct admin_user *)item_r = admin_user_from(req->arena, user);
	return user->id;
}

static void show_page(struct request *req, const struct page_wanted *page,
	const struct found_users *found, int32_t after_id)
{
	struct page_answer *out = req->out;

	admin_page_show(req, page,
		&PAGE_ROWS(found->users, found->n_users, struct admin_user, show_user, req));
	/* It may have looked at as many as it may, and have found fewer. */
	if (out->next == NULL && after_id != 0)
		out->next = arena_printf(req->arena, "%d", after_id);
}

static enum err users_get(struct request *req)
{
	struct user_filter filter;
	struct found_users found;
	struct page_wanted page;
	int32_t after_id;
	enum err err = admin_page_read(req, &page);

	if (err == ERR_NONE)
		err = users_read_filter(req, &filter);
	if (err != ERR_NONE)
		return err;
	after_id = page_after_int32(&page);
	err = user_list_page(req->db, &filter, page.n_most, &after_id, &found);
	if (err != ERR_NONE)
		return err;
	limit_note_rows(req, found.n_users);
	show_page(req, &page, &found, after_id);
	return ERR_NONE;
}

static const enum err errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_users_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/users",
	.summary = {"列出微信用户", "List WeChat users"},
	.details = {"同 wxuserctl user list。openid、unionid、姓名和手机号已遮掩。",
		"As wxuserctl user list. Openids, unionids, names and phones are masked."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &list_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = errors,
	.run = users_get,
};
