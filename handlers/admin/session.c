#include "admin/dialect.h"
#include "admin_cookie.h"
#include "admin_session.h"
#include "request.h"
#include "admin/scope_names.h"

struct session_answer {
	const char *role;
	int32_t tenant_id, key_id;
	const char *key_name;
	struct string_list scopes;
	int64_t created_us, ends_us, idle_ends_us;
};

#define SESSION(member, type, ...) FIELD(struct session_answer, member, type, __VA_ARGS__)

static const struct field session_fields[] = {
	SESSION(role, STR, .name = "role",
		.text = {"tenant_admin（租户管理员）或 operator（运维人员）",
			"tenant_admin or operator"}),
	SESSION(tenant_id, INT32, .name = "tenant_id", .is_optional = true,
		.text = {"租户；运维人员没有", "the tenant; absent of an operator"}),
	SESSION(key_id, INT32, .name = "key_id",
		.text = {"key 的编号", "id of the key"}),
	SESSION(key_name, STR, .name = "key_name", .text = {"key 的名称", "name of the key"}),
	SESSION(scopes, STR_LIST, .name = "scopes",
		.text = {"API key 的权限；运维人员为空",
			"scopes of the API key; empty of an operator"}),
	SESSION(created_us, INSTANT, .name = "created_at", .may_be_null = true,
		.text = {"会话开始的时间；请求直接带 key 时为 null",
			"when the session began; null if the request has the key itself"}),
	SESSION(ends_us, INSTANT, .name = "ends_at", .may_be_null = true,
		.text = {"会话最迟结束的时间", "when the session ends at the latest"}),
	SESSION(idle_ends_us, INSTANT, .name = "idle_ends_at", .may_be_null = true,
		.text = {"此前没有使用，会话在此时结束",
			"when the session ends unless it is used before"}),
	FIELD_END
};

static const struct shape session_shape = {
	.name = "AdminSession", .size = sizeof(struct session_answer), .fields = session_fields,
};

static struct session_answer answer_from(
	struct request *req, const struct admin_session *session)
{
	const struct principal *principal = &req->principal;

	return (struct session_answer){
		.role = principal->kind == PRINCIPAL_OPERATOR ? "operator" : "tenant_admin",
		.tenant_id = principal->tenant_id,
		.key_id = principal->key_id,
		.key_name = principal->name,
		.scopes = scope_names(req->arena, principal->scopes),
		.created_us = session->created_us,
		.ends_us = session->ends_us,
		.idle_ends_us = session->idle_ends_us,
	};
}

static enum err session_post(struct request *req)
{
	char text[SECRET_TOKEN_SIZE + 1];
	struct admin_session session;
	enum err err = admin_session_begin(req->db, &req->principal, &session, text);

	if (err != ERR_NONE)
		return err;
	admin_cookie_set(req, text);
	crypto_wipe(text, sizeof(text));
	*(struct session_answer *)req->out = answer_from(req, &session);
	return ERR_NONE;
}

const struct endpoint admin_session_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/session",
	.summary = {"用 key 开始会话", "Begin a session with a key"},
	.details = {"应答设置会话的 cookie，页面此后不再需要 key。会话最长 12 小时；闲置、DELETE 或作废 key "
		    "都会结束它。重复请求会再开始一个会话。请求没有正文。",
		"The answer sets the cookie of the session, and a page needs the key no more. A "
		"session lasts 12 hours at most; it ends without use, by DELETE, or when the key "
		"is revoked. A repetition begins another session. The request has no body."},
	.access = ACCESS_BY_ADMIN,
	.begins_session = true,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_PLAIN,
	.response = &session_shape,
	.headers = HEADER_BIT(SET_COOKIE),
	.run = session_post,
};

static enum err session_get(struct request *req)
{
	struct admin_session session;
	enum err err = admin_session_read(req->db, &req->principal, &session);

	if (err != ERR_NONE && err != ERR_ABSENT)
		return err;
	*(struct session_answer *)req->out = answer_from(req, &session);
	return ERR_NONE;
}

const struct endpoint admin_session_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/session",
	.summary = {"本次会话或 key 是谁的", "Show whose session or key it is"},
	.details = {"页面可以反复查看会话是否有效：这不算使用，不会延长会话。",
		"A page may ask again and again whether its session lives: that is no use of it, "
		"and does not make it last."},
	.access = ACCESS_BY_ADMIN,
	.shows_session = true,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_PLAIN,
	.response = &session_shape,
	.run = session_get,
};

struct end_request {
	bool ends_all;
};

static const struct field end_fields[] = {
	FIELD(struct end_request, ends_all, BOOL, .name = "all",
		.text = {"true：结束该 key 的全部会话", "true: ends all sessions of the key"}),
	FIELD_END
};

static const struct shape end_shape = {
	.name = "AdminSessionEnd", .size = sizeof(struct end_request), .fields = end_fields,
};

static enum err session_delete(struct request *req)
{
	const struct end_request *in = req->in;
	enum err err = admin_session_end(req->db, &req->principal, in->ends_all);

	if (err == ERR_NONE)
		admin_cookie_set(req, NULL);
	return err;
}

const struct endpoint admin_session_delete = {
	.dialect = &admin_dialect,
	.method = "DELETE",
	.path = "v1/admin/session",
	.summary = {"结束会话", "End the session"},
	.details = {"请求直接带 key 时，没有会话可结束，也返回 204，除非 all 为 true。",
		"With the key itself there is no session to end, and it is 204 all the same, "
		"unless all is true."},
	.access = ACCESS_BY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &end_shape,
	.answer = ANSWER_EMPTY,
	.headers = HEADER_BIT(SET_COOKIE),
	.run = session_delete,
};
