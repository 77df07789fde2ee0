#include "admin/admin_app.h"
#include "admin/dialect.h"
#include "app.h"
#include "app_kind.h"
#include "arena.h"
#include "request.h"
#include "v1/faults.h"
#include "wechat.h"

struct secret_request {
	const char *secret;
	bool is_untried;
};

static const struct field secret_fields[] = {
	FIELD(struct secret_request, secret, STR, .name = "secret", .max = 128, .is_required = true,
		.text = {"新的 AppSecret，加密保存", "the new AppSecret, which is stored encrypted"}),
	FIELD(struct secret_request, is_untried, BOOL, .name = "is_untried",
		.text = {"true：不问微信就保存，用于微信连接不上时，和无法验证的移动应用、网站",
			"true stores it without asking WeChat, where that cannot be reached, and "
			"of a mobile app or a web site, which cannot be tried"}),
	FIELD_END
};

static const struct shape secret_shape = {
	.name = "AppSecret", .size = sizeof(struct secret_request), .fields = secret_fields,
};

/* What WeChat has against the AppSecret. */
static struct text text_of_refusal(struct arena *arena, const struct wechat_refusal *refusal)
{
	struct wechat_errcode_text said;

	if (refusal->address[0] != '\0')
		return (struct text){
			arena_printf(arena, "无法验证：微信拒绝本机的地址 %s，请加入 IP 白名单。",
				refusal->address),
			arena_printf(arena,
				"It cannot be tried: WeChat refuses this host's address %s, put it "
				"on the app's IP whitelist.",
				refusal->address)};
	said = wechat_errcode_text(arena, refusal->errcode);
	return (struct text){arena_printf(arena, "微信不接受（%s）。", said.zh),
		arena_printf(arena, "WeChat refuses it with %s.", said.en)};
}

/* Asks WeChat for the app's token, which ends no other one. Returns ERR_UPSTREAM_CONFIG if WeChat
 * refuses the secret. */
static enum err ask_wechat(struct request *req, const struct app *app, const char *secret)
{
	const struct wechat_app tried = {
		.kind = app->kind, .appid = app->appid, .secret = secret};
	struct wechat_token token;

	return wechat_fetch_token(
		req->wechat, req->arena, &tried, wechat_deadline_us(req->wechat), &token);
}

static enum err try_new_secret(struct request *req, const struct app *app, const char *secret)
{
	enum err err;

	if (!app_kind_has_token(app->kind))
		return v1_refuse_member(req, "is_untried",
			(struct text){"移动应用和网站的 AppSecret 微信无法验证，须为 true。",
				"WeChat cannot try the AppSecret of a mobile app or a web site: it "
				"must be true."});
	err = ask_wechat(req, app, secret);
	if (err != ERR_UPSTREAM_CONFIG)
		return err;
	request_fail(req, ERR_PARAMETER, "WeChat refuses the AppSecret");
	return v1_refuse_member(req, "secret",
		text_of_refusal(req->arena, wechat_last_refusal(req->wechat)));
}

static enum err apps_secret_put(struct request *req)
{
	const struct secret_request *in = req->in;
	struct app app;
	enum err err = admin_app_find(req, &app);

	if (err == ERR_NONE && !in->is_untried)
		err = try_new_secret(req, &app, in->secret);
	if (err != ERR_NONE)
		return err;
	return admin_app_refuse_gone(req, app_set_secret(req->db, app.appid, in->secret));
}

static const enum err secret_errors[] = {
	ERR_NOT_FOUND, ERR_PARAMETER,
	ERR_UPSTREAM, ERR_UPSTREAM_SILENT, ERR_UPSTREAM_UNSENT, ERR_UPSTREAM_BUSY,
	ERR_NONE,
};

const struct endpoint admin_apps_secret_put = {
	.dialect = &admin_dialect,
	.method = "PUT",
	.path = "v1/admin/apps/{appid}/secret",
	.parameter = {"应用的 appid", "appid of the app"},
	.summary = {"更换 AppSecret", "Replace an app's secret"},
	.details = {"在微信后台重置之后使用。先用 stable_token 问微信是否接受，不接受则不保存；移动应用和网站的无法验证，只能以 is_untried 保存。"
		    "本机立即生效，其他主机 5 秒之内。重复请求结果相同。",
		"For after it was reset at WeChat. WeChat is asked first by stable_token, and one "
		"that it refuses is not stored; those of mobile apps and web sites cannot be "
		"tried and take is_untried alone. It holds at once on this host, within 5 s on "
		"the others. A repetition has the same result."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_REMOTE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &secret_shape,
	.answer = ANSWER_EMPTY,
	.errors = secret_errors,
	.run = apps_secret_put,
};

struct try_answer {
	const char *state, *reason;
};

static const struct field try_fields[] = {
	FIELD(struct try_answer, state, STR, .name = "state",
		.text = {"taken 微信接受；refused 微信不接受；untried 移动应用或网站的，无法验证",
			"taken by WeChat; refused by WeChat; untried: that of a mobile app or a "
			"web site cannot be tried"}),
	FIELD(struct try_answer, reason, STR, .name = "reason", .may_be_null = true,
		.text = {"为什么不接受", "why it is refused"}),
	FIELD_END
};

static const struct shape try_shape = {
	.name = "AppTry", .size = sizeof(struct try_answer), .fields = try_fields,
};

static enum err apps_try_post(struct request *req)
{
	struct try_answer *out = req->out;
	struct app app;
	struct text text;
	enum err err = admin_app_find(req, &app);

	if (err != ERR_NONE)
		return err;
	if (!app_kind_has_token(app.kind)) {
		out->state = "untried";
		return ERR_NONE;
	}
	err = ask_wechat(req, &app, app.secret);
	if (err == ERR_UPSTREAM_CONFIG) {
		text = text_of_refusal(req->arena, wechat_last_refusal(req->wechat));
		out->reason = request_prefers_english(req) ? text.en : text.zh;
		out->state = "refused";
		return ERR_NONE;
	}
	out->state = "taken";
	return err;
}

static const enum err try_errors[] = {
	ERR_NOT_FOUND,
	ERR_UPSTREAM, ERR_UPSTREAM_SILENT, ERR_UPSTREAM_UNSENT, ERR_UPSTREAM_BUSY,
	ERR_NONE,
};

const struct endpoint admin_apps_try_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/apps/{appid}/try",
	.parameter = {"应用的 appid", "appid of the app"},
	.summary = {"验证应用的 AppSecret", "Try an app's secret"},
	.details = {"用 stable_token 问微信是否接受已保存的 AppSecret，同 wxuserctl check。不改变任何东西，"
		    "其他 token 继续有效。请求没有正文。",
		"Asks WeChat by stable_token whether it takes the stored AppSecret, as wxuserctl "
		"check does. It changes nothing and ends no token. The request has no body."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_REMOTE,
	.source = FROM_NOTHING,
	.answer = ANSWER_PLAIN,
	.response = &try_shape,
	.errors = try_errors,
	.run = apps_try_post,
};
