#include "api.h"
#include "arena.h"
#include "clock.h"
#include "crypto.h"
#include "encoding.h"
#include "endpoints.h"
#include "phone_code.h"
#include "store.h"

/* Whose token it is; a user's is none. */
static enum errcode find_app(const struct call *call, struct sandbox_app *app_r)
{
	const char *text = api_query_param(call, "access_token");
	struct app_token token;
	enum errcode errcode;

	if (text == NULL)
		return ERRCODE_TOKEN_MISSING;
	errcode = api_stored(
		store_find_app_token(call->db, text, &token), ERRCODE_CREDENTIAL_INVALID);
	if (errcode != ERRCODE_NONE)
		return errcode;
	if (token.is_expired)
		return token.is_void ? ERRCODE_CREDENTIAL_INVALID : ERRCODE_TOKEN_EXPIRED;
	if (store_find_app(call->db, token.appid, app_r) != ERR_NONE)
		return ERRCODE_SYSTEM_BUSY;
	return strcmp(app_r->kind, "mini") == 0 ? ERRCODE_NONE : ERRCODE_UNAUTHORIZED;
}

/* HMAC-SHA-256 of nothing, under the text of the session key. */
static bool is_signed(const struct call *call, const char *session_key)
{
	const char *signature = api_param(call, "signature");
	uint8_t mac[CRYPTO_HASH_SIZE];
	char text[2 * CRYPTO_HASH_SIZE + 1];

	crypto_hmac_sha256(session_key, strlen(session_key), "", 0, mac);
	encode_hex(mac, sizeof(mac), text);
	return signature != NULL && strcmp(signature, text) == 0;
}

static enum errcode checksession(struct call *call)
{
	const char *openid = api_param(call, "openid");
	const char *method = api_param(call, "sig_method");
	struct sandbox_code session;
	struct sandbox_app app;
	enum errcode errcode = find_app(call, &app);

	if (errcode != ERRCODE_NONE)
		return errcode;
	if (openid == NULL)
		return ERRCODE_OPENID_MISSING;
	if (method == NULL || strcmp(method, "hmac_sha256") != 0)
		return ERRCODE_SIG_METHOD_INVALID;
	errcode = api_stored(store_find_session(call->db, app.appid, openid, &session),
		ERRCODE_OPENID_INVALID);
	if (errcode != ERRCODE_NONE)
		return errcode;
	return is_signed(call, session.session_key) ? api_say_ok(call) : ERRCODE_SIGNATURE_INVALID;
}

const struct sandbox_endpoint wxa_checksession =
	API("GET", "wxa/checksession", "Whether a session key is still the user's", checksession);

/* Any attempt spends the code. WeChat does not tell a used one from an unknown one. */
static enum errcode spend(
	const struct call *call, const struct sandbox_app *app, struct phone_code *code_r)
{
	const char *openid = api_param(call, "openid");
	const char *text = api_param(call, "code");
	enum errcode errcode =
		api_stored(phone_code_find(call->db, text, code_r), ERRCODE_CODE_INVALID);

	if (errcode == ERRCODE_NONE)
		errcode = api_stored(phone_code_spend(call->db, text), ERRCODE_CODE_INVALID);
	if (errcode != ERRCODE_NONE)
		return errcode;
	if (code_r->is_expired || strcmp(code_r->appid, app->appid) != 0 ||
		(openid != NULL && strcmp(code_r->openid, openid) != 0))
		return ERRCODE_CODE_INVALID;
	return ERRCODE_NONE;
}

/* A number of the mainland stands without the code of its country. */
static const char *whole_number(struct arena *arena, const struct phone_code *code)
{
	return strcmp(code->country_code, "86") == 0
		? code->phone
		: arena_printf(arena, "+%s%s", code->country_code, code->phone);
}

static enum errcode getuserphonenumber(struct call *call)
{
	struct sandbox_app app;
	struct phone_code code;
	enum errcode errcode = find_app(call, &app);

	if (errcode == ERRCODE_NONE && api_param(call, "code") == NULL)
		errcode = ERRCODE_CODE_MISSING;
	if (errcode == ERRCODE_NONE)
		errcode = spend(call, &app, &code);
	if (errcode != ERRCODE_NONE)
		return errcode;
	call->answer = json_pack("{s:i,s:s,s:{s:s,s:s,s:s,s:{s:I,s:s}}}", "errcode", 0, "errmsg",
		"ok", "phone_info", "phoneNumber", whole_number(call->arena, &code),
		"purePhoneNumber", code.phone, "countryCode", code.country_code, "watermark",
		"timestamp", (json_int_t)(clock_now_us() / CLOCK_SECOND_US), "appid",
		code.watermark_appid);
	return ERRCODE_NONE;
}

const struct sandbox_endpoint wxa_getuserphonenumber =
	API("POST", "wxa/business/getuserphonenumber", "A code of the phone button",
		getuserphonenumber);
