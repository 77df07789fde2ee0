#include "arena.h"
#include "control.h"
#include "endpoints.h"
#include "random_id.h"
#include "request.h"
#include "store.h"
#include "str.h"

#define CODE_CHARS 32
#define OPENID_CHARS 27
#define CODE_LIFE_S 300

/* As sandbox_code, and the code's age: seconds that have passed since the user got it. */
struct new_code {
	struct sandbox_code code;
	int32_t age;
};

#define NEW(member, kind, its_name, ...)                                                        \
	FIELD(struct new_code, member, kind, .name = its_name, __VA_ARGS__)

static const struct field new_fields[] = {
	NEW(code.appid, STR, "appid", .max = 64),
	NEW(code.openid, STR, "openid", .max = 128),
	NEW(code.unionid, STR, "unionid", .max = 128),
	NEW(code.session_key, STR, "session_key", .max = 128),
	NEW(code.scope, STR, "scope", .max = 128),
	NEW(code.is_snapshotuser, INT32, "is_snapshotuser"),
	NEW(code.nickname, STR, "nickname", .max = 256),
	NEW(code.sex, INT32, "sex"),
	NEW(code.language, STR, "language", .max = 64),
	NEW(code.city, STR, "city", .max = 256),
	NEW(code.province, STR, "province", .max = 256),
	NEW(code.country, STR, "country", .max = 256),
	NEW(code.headimgurl, STR, "headimgurl", .max = 1024),
	NEW(code.expires_in, INT32, "expires_in"),
	NEW(age, INT32, "age"),
	FIELD_END
};

static const struct shape new_shape = {
	.name = "NewCode", .size = sizeof(struct new_code), .fields = new_fields,
};

static const struct field made_fields[] = {
	FIELD(struct sandbox_code, code, STR, .name = "code"),
	FIELD(struct sandbox_code, appid, STR, .name = "appid"),
	FIELD(struct sandbox_code, openid, STR, .name = "openid"),
	FIELD(struct sandbox_code, unionid, STR, .name = "unionid"),
	FIELD(struct sandbox_code, session_key, STR, .name = "session_key"),
	FIELD_END
};

static const struct shape made_shape = {
	.name = "Code", .size = sizeof(struct sandbox_code), .fields = made_fields,
};

static const char *default_scope(const char *kind)
{
	if (strcmp(kind, "mini") == 0)
		return "";
	return strcmp(kind, "web") == 0 ? "snsapi_login" : "snsapi_userinfo";
}

static void set_default(const char **text, const char *preset)
{
	if (*text == NULL)
		*text = preset;
}

static void fill(struct arena *arena, const struct sandbox_app *app, struct sandbox_code *code)
{
	code->code = random_text(arena, "0", CODE_CHARS - 1);
	code->appid = app->appid;
	set_default(&code->openid, random_text(arena, "o", OPENID_CHARS));
	set_default(&code->session_key, random_session_key(arena));
	set_default(&code->scope, default_scope(app->kind));
	set_default(&code->nickname, "");
	set_default(&code->language, "");
	set_default(&code->city, "");
	set_default(&code->province, "");
	set_default(&code->country, "");
	set_default(&code->headimgurl, "");
	if (code->expires_in == 0)
		code->expires_in = CODE_LIFE_S;
}

static enum err codes(struct request *req)
{
	const struct new_code *wanted = req->in;
	struct sandbox_code *code = req->out;
	struct sandbox_app app;
	enum err err;

	*code = wanted->code;
	if (str_is_empty(code->unionid))
		code->unionid = NULL;
	err = control_find_app(req, code->appid, &app);
	if (err != ERR_NONE)
		return err;
	fill(req->arena, &app, code);
	code->expires_in -= wanted->age;
	return store_add_code(req->db, code);
}

const struct sandbox_endpoint control_codes = CONTROL("POST", "sandbox/codes",
	"Makes a login code for a user, who need not be known", codes, .source = FROM_BODY,
	.request = &new_shape, .answer = ANSWER_PLAIN, .response = &made_shape);
