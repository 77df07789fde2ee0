#include "arena.h"
#include "request.h"
#include "token_family.h"
#include "v1/dialect.h"

struct v1_session {
	const char *id, *appid;
	int64_t began_us, renewed_us;
	bool is_current, is_by_key;
};

struct v1_sessions {
	struct object_list sessions;
};

#define SESSION(member, type, ...) FIELD(struct v1_session, member, type, __VA_ARGS__)

static const struct field session_fields[] = {
	SESSION(id, STR, .name = "id", .max = UUID_TEXT_SIZE - 1,
		.text = {"登录的编号，GUID，不是令牌", "id of the login, a GUID, never a token"}),
	SESSION(appid, STR, .name = "appid", .max = 64,
		.text = {"微信应用", "appid of the WeChat app"}),
	SESSION(began_us, INSTANT, .name = "began_at", .text = {"登录时间", "when it began"}),
	SESSION(renewed_us, INSTANT, .name = "renewed_at",
		.text = {"最近一次换取令牌的时间", "when its token was last renewed"}),
	SESSION(is_current, BOOL, .name = "is_current",
		.text = {"是否为当前登录", "whether it is the one of this request"}),
	SESSION(is_by_key, BOOL, .name = "is_by_key",
		.text = {"是否由租户的服务器用 API key 代为登录；该 key 失效时随之结束",
			"whether the tenant's server opened it by its API key, with which it "
			"ends"}),
	FIELD_END
};

static const struct shape session_shape = {
	.name = "Session", .size = sizeof(struct v1_session), .fields = session_fields,
};

static const struct field sessions_fields[] = {
	FIELD(struct v1_sessions, sessions, OBJECT_LIST, .shape = &session_shape),
	FIELD_END
};

static const struct shape sessions_shape = {
	.name = "Sessions", .size = sizeof(struct v1_sessions), .kind = SHAPE_LIST,
	.fields = sessions_fields,
};

static struct v1_session session_from(struct request *req, const struct token_family *family)
{
	char *id = arena_alloc(req->arena, UUID_TEXT_SIZE);

	uuid_format(family->id, id);
	return (struct v1_session){
		.id = id,
		.appid = family->appid,
		.began_us = family->began_us,
		.renewed_us = family->renewed_us,
		.is_current = family->is_current,
		.is_by_key = family->is_by_key,
	};
}

static enum err sessions_get(struct request *req)
{
	struct v1_sessions *out = req->out;
	struct token_family *families;
	struct v1_session *sessions;
	size_t n_families;
	enum err err = token_family_list(req->db, &req->principal, &families, &n_families);

	if (err != ERR_NONE)
		return err;
	sessions = arena_array(req->arena, struct v1_session, n_families);
	for (size_t i = 0; i < n_families; i++)
		sessions[i] = session_from(req, &families[i]);
	out->sessions = (struct object_list){.items = sessions, .n_items = n_families};
	return ERR_NONE;
}

const struct endpoint v1_me_sessions_get = {
	.dialect = &v1_dialect,
	.method = "GET",
	.path = "v1/me/sessions",
	.summary = {"列出本人的登录", "List one's logins"},
	.details = {"该账号在所有应用中还能换取令牌的登录，最近的在前。",
		"Those of all apps of the account whose token can still be renewed, the latest "
		"first."},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_PLAIN,
	.response = &sessions_shape,
	.run = sessions_get,
};

static enum err sessions_delete(struct request *req)
{
	struct uuid id;

	if (!uuid_parse(req->path_parameter, &id))
		return ERR_NONE;
	return token_family_end(req->db, &req->principal, id);
}

const struct endpoint v1_me_sessions_delete = {
	.dialect = &v1_dialect,
	.method = "DELETE",
	.path = "v1/me/sessions/{id}",
	.parameter = {"登录的编号", "id of the login"},
	.summary = {"结束本人的一次登录", "End one of one's logins"},
	.details = {"也可以是当前登录。没有这个登录时也返回 204。",
		"It may be the one of this request. 204 also if there is no such login."},
	.access = ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_EMPTY,
	.run = sessions_delete,
};
