#include "api.h"
#include "crypto.h"
#include "encoding.h"
#include "endpoints.h"
#include "store.h"

/* Whose token it is; a user's is none. */
static enum errcode find_app(const struct call *call, struct sandbox_app *app_r)
{
	const char *text = api_param(call, "access_token");
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
