#include "crypto.h"
#include "encoding.h"
#include "http_client.h"
#include "wechat.h"
#include "wechat_reply.h"

/* HMAC-SHA-256 of nothing, under the text of the key as it came. */
static void sign(const char *session_key, char signature_r[2 * CRYPTO_HASH_SIZE + 1])
{
	uint8_t mac[CRYPTO_HASH_SIZE];

	crypto_hmac_sha256(session_key, strlen(session_key), "", 0, mac);
	encode_hex(mac, sizeof(mac), signature_r);
}

static enum err check(
	struct wechat *wechat, struct http_call *call, const struct errcode_meaning *meanings)
{
	struct reply reply;
	enum err err = reply_ask(wechat, call, meanings, &reply);

	reply_release(&reply);
	return err;
}

enum err wechat_check_session(struct wechat *wechat, const char *access_token, const char *openid,
	const char *session_key, int64_t deadline_us)
{
	static const struct errcode_meaning meanings[] = {
		{40001, ERR_UPSTREAM_TOKEN},
		{40014, ERR_UPSTREAM_TOKEN},
		{42001, ERR_UPSTREAM_TOKEN},
		{40003, ERR_PROOF_MISSING},
		{87009, ERR_PROOF_MISSING},
		{0, ERR_NONE},
	};
	char signature[2 * CRYPTO_HASH_SIZE + 1];
	const struct http_param query[] = {
		{"access_token", access_token},
		{"openid", openid},
		{"signature", signature},
		{"sig_method", "hmac_sha256"},
		{NULL, NULL},
	};
	struct http_call call = {
		.path = "wxa/checksession",
		.query = query,
		.deadline_us = deadline_us,
		.is_repeatable = true,
	};

	sign(session_key, signature);
	return check(wechat, &call, meanings);
}

enum err wechat_check_user_token(
	struct wechat *wechat, const char *user_token, const char *openid)
{
	/* Here the token is the user's, and what is wrong with it the user's matter. */
	static const struct errcode_meaning meanings[] = {
		{40001, ERR_PROOF_MISSING},
		{40003, ERR_PROOF_MISSING},
		{40014, ERR_PROOF_MISSING},
		{42001, ERR_PROOF_MISSING},
		{42007, ERR_PROOF_MISSING},
		{48001, ERR_PROOF_MISSING},
		{0, ERR_NONE},
	};
	const struct http_param query[] = {
		{"access_token", user_token},
		{"openid", openid},
		{NULL, NULL},
	};
	struct http_call call = {.path = "sns/auth", .query = query, .is_repeatable = true};

	return check(wechat, &call, meanings);
}
