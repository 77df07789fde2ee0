#include "api.h"
#include "endpoints.h"
#include "random_id.h"
#include "store.h"

#define TOKEN_CHARS 128
#define TOKEN_LIFE_S 7200
#define REFRESH_LIFE_S (30 * 86400)

static bool has_profile(const char *scope)
{
	return strstr(scope, "snsapi_userinfo") != NULL || strstr(scope, "snsapi_login") != NULL;
}

/* Any attempt with an app's own secret spends the code, whoever it belongs to. */
static enum errcode spend(
	const struct call *call, const char *text, bool is_mini, struct sandbox_code *code_r)
{
	struct sandbox_app app;
	enum errcode errcode = api_find_app(call, false, &app);
	enum errcode spent;

	if (errcode != ERRCODE_NONE)
		return errcode;
	errcode = api_stored(store_find_code(call->db, text, code_r), ERRCODE_CODE_INVALID);
	if (errcode != ERRCODE_NONE)
		return errcode;
	spent = api_stored(store_spend_code(call->db, text), ERRCODE_CODE_USED);
	if (spent == ERRCODE_SYSTEM_BUSY)
		return spent;
	if (code_r->is_expired || strcmp(code_r->appid, app.appid) != 0 ||
		(strcmp(app.kind, "mini") == 0) != is_mini)
		return ERRCODE_CODE_INVALID;
	return spent;
}

static enum errcode jscode2session(struct call *call)
{
	static const struct requirement required[] = {
		{"appid", ERRCODE_APPID_MISSING},
		{"secret", ERRCODE_SECRET_MISSING},
		{"js_code", ERRCODE_CODE_MISSING},
		{NULL, ERRCODE_NONE},
	};
	enum errcode errcode = api_require(call, required, "authorization_code");
	struct sandbox_code code;

	if (errcode == ERRCODE_NONE)
		errcode = spend(call, api_param(call, "js_code"), true, &code);
	if (errcode != ERRCODE_NONE)
		return errcode;
	call->answer = json_pack("{s:s,s:s,s:s*}", "session_key", code.session_key, "openid",
		code.openid, "unionid", code.unionid);
	return ERRCODE_NONE;
}

static json_t *pack_token(const struct user_token *token)
{
	return json_pack("{s:s,s:i,s:s,s:s,s:s}", "access_token", token->access_token, "expires_in",
		TOKEN_LIFE_S, "refresh_token", token->refresh_token, "openid", token->code.openid,
		"scope", token->code.scope);
}

static enum errcode access_token(struct call *call)
{
	static const struct requirement required[] = {
		{"appid", ERRCODE_APPID_MISSING},
		{"secret", ERRCODE_SECRET_MISSING},
		{"code", ERRCODE_CODE_MISSING},
		{NULL, ERRCODE_NONE},
	};
	enum errcode errcode = api_require(call, required, "authorization_code");
	struct user_token token = {
		.access_token = random_text(call->arena, "80_", TOKEN_CHARS),
		.refresh_token = random_text(call->arena, "80_", TOKEN_CHARS),
	};

	if (errcode == ERRCODE_NONE)
		errcode = spend(call, api_param(call, "code"), false, &token.code);
	if (errcode != ERRCODE_NONE)
		return errcode;
	if (store_add_user_token(call->db, &token, TOKEN_LIFE_S, REFRESH_LIFE_S) != ERR_NONE)
		return ERRCODE_SYSTEM_BUSY;
	call->answer = pack_token(&token);
	if (token.code.unionid != NULL && has_profile(token.code.scope))
		json_object_set_new(call->answer, "unionid", json_string(token.code.unionid));
	if (token.code.is_snapshotuser != 0)
		json_object_set_new(call->answer, "is_snapshotuser", json_integer(1));
	return ERRCODE_NONE;
}

static enum errcode refresh_token(struct call *call)
{
	static const struct requirement required[] = {
		{"appid", ERRCODE_APPID_MISSING},
		{"refresh_token", ERRCODE_REFRESH_TOKEN_MISSING},
		{NULL, ERRCODE_NONE},
	};
	enum errcode errcode = api_require(call, required, "refresh_token");
	struct sandbox_app app;
	struct user_token token;

	if (errcode == ERRCODE_NONE)
		errcode = api_find_app(call, true, &app);
	if (errcode == ERRCODE_NONE)
		errcode = api_stored(store_find_refresh_token(call->db,
					     api_param(call, "refresh_token"), &token),
			ERRCODE_REFRESH_TOKEN_INVALID);
	if (errcode != ERRCODE_NONE)
		return errcode;
	if (strcmp(token.code.appid, app.appid) != 0)
		return ERRCODE_REFRESH_TOKEN_INVALID;
	if (token.is_refresh_expired)
		return ERRCODE_REFRESH_TOKEN_EXPIRED;
	if (token.is_expired)
		token.access_token = random_text(call->arena, "80_", TOKEN_CHARS);
	if (store_renew_user_token(call->db, &token, TOKEN_LIFE_S) != ERR_NONE)
		return ERRCODE_SYSTEM_BUSY;
	call->answer = pack_token(&token);
	return ERRCODE_NONE;
}

/* unknown: what the API calls a token that it does not know. */
static enum errcode find_token(
	const struct call *call, enum errcode unknown, struct user_token *token_r)
{
	static const struct requirement required[] = {
		{"access_token", ERRCODE_TOKEN_MISSING},
		{"openid", ERRCODE_OPENID_MISSING},
		{NULL, ERRCODE_NONE},
	};
	enum errcode errcode = api_require(call, required, NULL);

	if (errcode == ERRCODE_NONE)
		errcode = api_stored(store_find_user_token(call->db,
					     api_param(call, "access_token"), token_r),
			unknown);
	if (errcode != ERRCODE_NONE)
		return errcode;
	if (token_r->is_expired)
		return ERRCODE_TOKEN_EXPIRED;
	if (strcmp(token_r->code.openid, api_param(call, "openid")) != 0)
		return ERRCODE_OPENID_INVALID;
	return ERRCODE_NONE;
}

static enum errcode userinfo(struct call *call)
{
	struct user_token token;
	enum errcode errcode = find_token(call, ERRCODE_CREDENTIAL_INVALID, &token);
	const struct sandbox_code *code = &token.code;

	if (errcode != ERRCODE_NONE)
		return errcode;
	if (!has_profile(code->scope) || code->is_snapshotuser != 0)
		return ERRCODE_UNAUTHORIZED;
	call->answer = json_pack("{s:s,s:s,s:i,s:s,s:s,s:s,s:s,s:s,s:[],s:s*}", "openid",
		code->openid, "nickname", code->nickname, "sex", code->sex, "language",
		code->language, "city", code->city, "province", code->province, "country",
		code->country, "headimgurl", code->headimgurl, "privilege", "unionid",
		code->unionid);
	return ERRCODE_NONE;
}

static enum errcode auth(struct call *call)
{
	struct user_token token;
	enum errcode errcode = find_token(call, ERRCODE_TOKEN_INVALID, &token);

	return errcode == ERRCODE_NONE ? api_say_ok(call) : errcode;
}

const struct sandbox_endpoint sns_jscode2session =
	API("GET", "sns/jscode2session", "A mini program's login code", jscode2session);
const struct sandbox_endpoint sns_oauth2_access_token =
	API("GET", "sns/oauth2/access_token", "An OAuth code", access_token);
const struct sandbox_endpoint sns_oauth2_refresh_token =
	API("GET", "sns/oauth2/refresh_token", "Renews a user's token", refresh_token);
const struct sandbox_endpoint sns_userinfo =
	API("GET", "sns/userinfo", "The profile of a user's token", userinfo);
const struct sandbox_endpoint sns_auth =
	API("GET", "sns/auth", "Whether a user's token is good", auth);
