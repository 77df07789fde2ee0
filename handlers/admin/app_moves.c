#include "admin/admin_app.h"
#include "admin/admin_page.h"
#include "admin/dialect.h"
#include "app.h"
#include "app_move.h"
#include "request.h"
#include "v1/admin_shapes.h"
#include "v1/faults.h"

static const struct field suspect_fields[] = {
	FIELD(struct app_suspect, appid, STR, .name = "appid", .max = 64,
		.text = {"微信应用的 appid", "appid"}),
	FIELD(struct app_suspect, n_users, INT32, .name = "users",
		.text = {"带来别的 unionid 的用户数", "users who came with another unionid"}),
	FIELD_END
};

static const struct shape suspect_shape = {
	.name = "SuspectedMove", .size = sizeof(struct app_suspect), .fields = suspect_fields,
};

struct moves_answer {
	struct page_answer page;
	struct object_list suspected;
};

static const struct field page_fields[] = {
	FIELD(struct moves_answer, suspected, OBJECT_LIST, .name = "suspected",
		.shape = &suspect_shape,
		.text = {"用户带来别的 unionid、微信可能已迁移而没有人告诉本服务的应用",
			"apps whose users came with other unionids: WeChat may have moved them, "
			"and nobody has told this service"}),
	ADMIN_PAGE_FIELDS(&admin_move_shape, "按加入的顺序", "in the order in which they were added")
};

static const struct shape page_shape = {
	.name = "Moves", .size = sizeof(struct moves_answer), .fields = page_fields,
};

static int64_t show_move(void *ctx, const void *row, void *item_r)
{
	const struct app_move_report *report = row;

	(void)ctx;
	*(struct app_move_report *)item_r = *report;
	return report->id;
}

static enum err apps_moves_get(struct request *req)
{
	struct moves_answer *out = req->out;
	const int32_t tenant_id = req->principal.tenant_id;
	const struct app_move_report *reports;
	const struct app_suspect *suspects;
	struct page_wanted page;
	size_t n, n_suspects;
	enum err err = admin_page_read(req, &page);

	if (err == ERR_NONE)
		err = app_move_page(req->db,
			&(struct app_move_page){tenant_id, page_after_int32(&page), page.n_most},
			&reports, &n);
	if (err == ERR_NONE)
		err = app_move_suspects_of_tenant(req->db, tenant_id, &suspects, &n_suspects);
	if (err != ERR_NONE)
		return err;
	out->suspected = (struct object_list){.items = suspects, .n_items = n_suspects};
	admin_page_show(req, &page,
		&PAGE_ROWS(reports, n, struct app_move_report, show_move, NULL));
	return ERR_NONE;
}

static const enum err page_errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_apps_moves_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/apps/moves",
	.summary = {"列出换了开放平台账号的应用",
		"List the apps that have moved to another Open Platform account"},
	.details = {"同 wxuserctl app moves：每个应用有多少用户已有新的 unionid，多少还没有。",
		"As wxuserctl app moves: how many users of each have their new unionid, and how "
		"many have not."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &admin_page_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = page_errors,
	.run = apps_moves_get,
};

struct platform_request {
	const char *name;
};

static const struct field platform_fields[] = {
	FIELD(struct platform_request, name, STR, .name = "open_platform",
		.max = OPEN_PLATFORM_NAME_MAX_CHARS, .is_required = true, .is_trimmed = true,
		.check = v1_check_plain_name,
		.text = {"开放平台账号的名称，自己取，租户内唯一；原来的名称撤销迁移",
			"name of the Open Platform account, of your choice and unique within the "
			"tenant; that of the account before undoes the move"}),
	FIELD_END
};

static const struct shape platform_shape = {
	.name = "AppMove", .size = sizeof(struct platform_request), .fields = platform_fields,
};

struct moved_answer {
	bool is_undo;
	int32_t n_users;
};

static const struct field moved_fields[] = {
	FIELD(struct moved_answer, is_undo, BOOL, .name = "is_undo",
		.text = {"是否迁回了上一次迁移之前的账号",
			"whether it is back where it was before its last move"}),
	FIELD(struct moved_answer, n_users, INT32, .name = "users_with_other_unionids",
		.text = {"此前已带来别的 unionid 的用户数；0：也许微信还没有迁移，那就在下一次登录之前撤销",
			"users who had come with another unionid before; 0: perhaps WeChat has not "
			"moved the app, and then undo this before the next login"}),
	FIELD_END
};

static const struct shape moved_shape = {
	.name = "MovedApp", .size = sizeof(struct moved_answer), .fields = moved_fields,
};

static enum err apps_open_platform_put(struct request *req)
{
	const struct platform_request *in = req->in;
	struct moved_answer *out = req->out;
	struct app_move move = {.platform = in->name};
	struct app app;
	enum err err = admin_app_find(req, &app);

	if (err == ERR_NONE)
		err = app_move_count_suspicious(
			req->db, app.tenant_id, app.appid, &out->n_users);
	if (err != ERR_NONE)
		return err;
	move.appid = app.appid;
	err = app_move(req->db, &move);
	out->is_undo = move.is_undo;
	return move.is_there ? ERR_NONE : admin_app_refuse_gone(req, err);
}

static const enum err platform_errors[] = {ERR_NOT_FOUND, ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_apps_open_platform_put = {
	.dialect = &admin_dialect,
	.method = "PUT",
	.path = "v1/admin/apps/{appid}/open-platform",
	.parameter = {"应用的 appid", "appid of the app"},
	.summary = {"告诉本服务应用换了开放平台账号",
		"Tell that an app has moved to another Open Platform account"},
	.details = {"同 wxuserctl app set --open-platform，在微信迁移之后发送：微信给用户新的 unionid，openid 不变。"
		    "从这个应用登录的仍是原来的人，登录时得到新的 unionid；旧的对仍在原账号的应用有效。"
		    "本机立即生效，其他主机 5 秒之内。重复请求什么也不改变。",
		"As wxuserctl app set --open-platform, for after the move at WeChat, which gives "
		"the users other unionids and leaves their openids. Who logs in through the app "
		"stays the same person and gets the new unionid; the old one stays valid for the "
		"apps that are still there. It holds at once on this host, within 5 s on the "
		"others. A repetition changes nothing."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &platform_shape,
	.answer = ANSWER_PLAIN,
	.response = &moved_shape,
	.errors = platform_errors,
	.run = apps_open_platform_put,
};
