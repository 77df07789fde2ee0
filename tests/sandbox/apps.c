#include "control.h"
#include "endpoints.h"
#include "request.h"
#include "store.h"
#include "str.h"

static const struct text *check_appid(const char *value)
{
	static const struct text no_appid = {"appid 为 1 到 64 个 A-Za-z0-9_- 字符。",
		"An appid is 1 to 64 of A-Za-z0-9_-."};

	return str_is_openid(value) ? NULL : &no_appid;
}

static const struct text *check_kind(const char *value)
{
	static const struct text no_kind = {"kind 为 mini、official、mobile 或 web。",
		"The kind is mini, official, mobile or web."};
	static const char *const kinds[] = {"mini", "official", "mobile", "web"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i], value) == 0)
			return NULL;
	}
	return &no_kind;
}

static const struct field app_fields[] = {
	FIELD(struct sandbox_app, appid, STR, .name = "appid", .max = 64, .is_required = true,
		.check = check_appid),
	FIELD(struct sandbox_app, secret, STR, .name = "secret", .max = 128, .is_required = true),
	FIELD(struct sandbox_app, kind, STR, .name = "kind", .max = 16, .is_required = true,
		.check = check_kind),
	FIELD(struct sandbox_app, push_token, STR, .name = "push_token", .max = 64),
	FIELD(struct sandbox_app, aes_key, STR, .name = "aes_key", .max = 64),
	FIELD(struct sandbox_app, url, STR, .name = "url", .max = 512),
	FIELD(struct sandbox_app, api_key, STR, .name = "api_key", .max = 64),
	FIELD(struct sandbox_app, wechat_key, STR, .name = "wechat_key", .max = 64),
	FIELD_END
};

static const struct shape app_shape = {
	.name = "App", .size = sizeof(struct sandbox_app), .fields = app_fields,
};

/* Without what is secret. */
static const struct field shown_fields[] = {
	FIELD(struct sandbox_app, appid, STR, .name = "appid"),
	FIELD(struct sandbox_app, kind, STR, .name = "kind"),
	FIELD(struct sandbox_app, url, STR, .name = "url"),
	FIELD_END
};

static const struct shape shown_shape = {
	.name = "ShownApp", .size = sizeof(struct sandbox_app), .fields = shown_fields,
};

static const char *or_nothing(const char *text)
{
	return text == NULL ? "" : text;
}

static enum err apps(struct request *req)
{
	struct sandbox_app *app = req->out;

	*app = *(const struct sandbox_app *)req->in;
	app->push_token = or_nothing(app->push_token);
	app->aes_key = or_nothing(app->aes_key);
	app->url = or_nothing(app->url);
	app->api_key = or_nothing(app->api_key);
	app->wechat_key = or_nothing(app->wechat_key);
	return store_save_app(req->db, app);
}

const struct sandbox_endpoint control_apps = CONTROL("POST", "sandbox/apps",
	"Makes an app, or replaces it", apps, .source = FROM_BODY, .request = &app_shape,
	.answer = ANSWER_PLAIN, .response = &shown_shape);

struct app_list {
	struct object_list apps;
};

static const struct field listed_fields[] = {
	FIELD(struct sandbox_app, appid, STR, .name = "appid"),
	FIELD(struct sandbox_app, kind, STR, .name = "kind"),
	FIELD(struct sandbox_app, api_key, STR, .name = "api_key"),
	FIELD(struct sandbox_app, wechat_key, STR, .name = "wechat_key"),
	FIELD_END
};

static const struct shape listed_shape = {
	.name = "ListedApp", .size = sizeof(struct sandbox_app), .fields = listed_fields,
};

static const struct field list_fields[] = {
	FIELD(struct app_list, apps, OBJECT_LIST, .name = "apps", .shape = &listed_shape),
	FIELD_END
};

static const struct shape list_shape = {
	.name = "Apps", .size = sizeof(struct app_list), .fields = list_fields,
};

static enum err app_list(struct request *req)
{
	struct app_list *list = req->out;
	struct sandbox_app *apps;
	enum err err = store_list_apps(req->db, &apps, &list->apps.n_items);

	list->apps.items = apps;
	return err;
}

const struct sandbox_endpoint control_app_list = CONTROL("GET", "sandbox/apps",
	"The apps, and API keys of each app's tenant", app_list, .source = FROM_NOTHING,
	.answer = ANSWER_PLAIN, .response = &list_shape);
