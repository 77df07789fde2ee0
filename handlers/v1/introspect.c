#include "arena.h"
#include "introspection.h"
#include "json_writer.h"
#include "person_view.h"
#include "request.h"
#include "secret.h"
#include "str.h"
#include "urlencoded.h"
#include "v1/dialect.h"
#include "v1/faults.h"

struct introspect_request {
	const char *token;
	struct string_list tokens;
};

static const struct field request_fields[] = {
	FIELD(struct introspect_request, token, STR, .name = "token", .is_id = true, .max = 512,
		.text = {"一个访问令牌；空串不是有效的令牌。表单中恰好一个，JSON 中它和 tokens 二选"
			"一，否则为 unreadable",
			"one access token; an empty one is not active. A form has exactly one, "
			"JSON either it or tokens; anything else is unreadable"}),
	FIELD(struct introspect_request, tokens, STR_LIST, .name = "tokens", .max = 512,
		.is_id = true,
		.text = {"仅用于 JSON（表单中的忽略）：最多 100 个，按此顺序返回列表",
			"in JSON alone (a form's is ignored): at most 100, answered as a list in "
			"that order"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "Introspect", .size = sizeof(struct introspect_request),
	.fields = request_fields,
};

struct introspected {
	bool is_active;
	const char *sub;
	struct string_list previous_subs;
	const char *client_id, *openid;
	int32_t user_id;
	int64_t expires_us, issued_us;
};

/* What a token that is not valid lacks is left out. */
#define TOLD(member, type, ...)                                                                 \
	FIELD(struct introspected, member, type, .is_optional = true, __VA_ARGS__)

static const struct field fields[] = {
	FIELD(struct introspected, is_active, BOOL, .name = "active",
		.text = {"是否有效；无效时没有其他成员", "whether it is valid; false stands alone"}),
	TOLD(sub, STR, .name = "sub", .max = UUID_TEXT_SIZE - 1,
		.text = {"账号的编号，小写 GUID", "id of the account, a GUID in lower case"}),
	TOLD(previous_subs, STR_LIST, .name = "previous_subs", .max = UUID_TEXT_SIZE - 1,
		.text = {"已并入该账号的账号的编号", "ids of accounts that were merged into it"}),
	TOLD(client_id, STR, .name = "client_id", .max = 64,
		.text = {"微信应用", "appid of the WeChat app"}),
	TOLD(openid, STR, .name = "openid", .max = 64, .text = {"openid", "openid"}),
	TOLD(user_id, INT32, .name = "user_id",
		.text = {"微信用户的编号", "id of the WeChat user"}),
	TOLD(expires_us, EPOCH, .name = "exp",
		.text = {"到期时间，Unix 秒", "when it expires, in seconds since 1970"}),
	TOLD(issued_us, EPOCH, .name = "iat",
		.text = {"签发时间，Unix 秒", "when it was issued, in seconds since 1970"}),
	FIELD_END
};

static const struct shape introspection_shape = {
	.name = "Introspection", .size = sizeof(struct introspected), .fields = fields,
};

static struct introspected introspected_from(
	struct request *req, const struct introspection *found)
{
	struct introspected told = {
		.is_active = true,
		.client_id = found->appid,
		.openid = found->openid,
		.user_id = found->wechat_user_id,
		.expires_us = found->expires_us,
		.issued_us = found->issued_us,
	};
	char *sub = arena_alloc(req->arena, UUID_TEXT_SIZE);

	uuid_format(found->account_id, sub);
	told.sub = sub;
	told.previous_subs.items = person_view_former_ids(
		req->db, found->former_ids, &told.previous_subs.n_items);
	return told;
}

/* A token whose checksum is wrong costs no look-up; its hash stays zero, which no token has. */
static size_t introspect_hash(const struct string_list *tokens, uint8_t (*hashes)[CRYPTO_HASH_SIZE])
{
	size_t n = 0;

	for (size_t i = 0; i < tokens->n_items; i++) {
		const char *token = tokens->items[i];

		if (!secret_token_is_well_formed(SECRET_TOKEN_PREFIX_ACCESS, token))
			continue;
		crypto_sha256(token, strlen(token), hashes[i]);
		n++;
	}
	return n;
}

static void introspect_write(struct request *req, const uint8_t hash[CRYPTO_HASH_SIZE],
	const struct introspection *active, size_t n_active)
{
	struct introspected told = {.is_active = false, .previous_subs.is_null = true};

	for (size_t i = 0; i < n_active; i++) {
		if (memcmp(active[i].hash, hash, CRYPTO_HASH_SIZE) != 0)
			continue;
		told = introspected_from(req, &active[i]);
		break;
	}
	json_write(&req->response.body, &introspection_shape, &told);
}

static enum err introspect_all(
	struct request *req, const struct string_list *tokens, bool is_list)
{
	uint8_t(*hashes)[CRYPTO_HASH_SIZE] =
		arena_alloc(req->arena, tokens->n_items * CRYPTO_HASH_SIZE);
	struct introspection *active = NULL;
	size_t n_active = 0;
	enum err err = ERR_NONE;

	if (introspect_hash(tokens, hashes) > 0)
		err = introspection_list(req->db, req->principal.tenant_id, hashes,
			tokens->n_items, &active, &n_active);
	if (err != ERR_NONE)
		return err;
	response_set(req, 200, "application/json");
	buf_append_str(&req->response.body, is_list ? "[" : "");
	for (size_t i = 0; i < tokens->n_items; i++) {
		buf_append_str(&req->response.body, i > 0 ? "," : "");
		introspect_write(req, hashes[i], active, n_active);
	}
	buf_append_str(&req->response.body, is_list ? "]" : "");
	return ERR_NONE;
}

/* Whether a form names the token twice (RFC 6749, 3.1). JSON has its last one. */
static bool introspect_is_ambiguous(struct request *req)
{
	struct urlencoded pairs;
	struct pair pair;
	int n = 0;

	if (req->format != FORMAT_FORM || memchr(req->body.bytes, '&', req->body.size) == NULL)
		return false;
	urlencoded_init(&pairs, req->arena,
		arena_strndup(req->arena, req->body.bytes, req->body.size), req->body.size);
	while (urlencoded_next(&pairs, &pair))
		n += str_equal_nocase(pair.name, "token");
	return n > 1;
}

static enum err introspect(struct request *req)
{
	const struct introspect_request *in = req->in;
	const struct string_list one = {.items = &in->token, .n_items = 1};

	if (in->tokens.n_items > INTROSPECTION_TOKENS_MAX)
		return v1_refuse_member(req, "tokens",
			(struct text){"最多 100 个。", "At most 100 are allowed."});
	if ((in->token == NULL) == (in->tokens.items == NULL) || introspect_is_ambiguous(req))
		return request_fail(req, ERR_BAD_REQUEST, "not one token, or one list of them");
	return introspect_all(
		req, in->token != NULL ? &one : &in->tokens, in->token == NULL);
}

static const enum err errors[] = {ERR_BAD_REQUEST, ERR_PARAMETER, ERR_NONE};

const struct endpoint v1_introspect = {
	.dialect = &v1_dialect,
	.method = "POST",
	.path = "v1/introspect",
	.summary = {"查验访问令牌", "Introspect an access token"},
	.details = {"RFC 7662。别家租户的令牌、过期或作废的令牌，以及任何其他文本，包括空串，都是 "
		    "{\"active\": false}；超过 512 个字符的为 value，也不是令牌。",
		"RFC 7662. A token of another tenant, one that has expired or was revoked, and any "
		"other text, also an empty one, is {\"active\": false}. One of over 512 characters "
		"is refused as value, and is no token either."},
	.access = ACCESS_KEY_READ,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.formats = FORMAT_STRICT_JSON | FORMAT_FORM,
	.unreadable = ERR_BAD_REQUEST,
	.request = &request_shape,
	.answer = ANSWER_BY_RUN,
	.may_answer_list = true,
	.response = &introspection_shape,
	.errors = errors,
	.run = introspect,
};
