#include "person_overview.h"
#include "v1/admin_person_parts.h"

struct object_list admin_person_sessions(
	struct arena *arena, const struct person_overview *overview)
{
	static const char *const states[] = {
		[SESSION_LIVE] = "live",
		[SESSION_RENEWABLE] = "renewable",
		[SESSION_EXPIRED] = "expired",
		[SESSION_ENDED] = "ended",
	};
	struct admin_person_session *sessions =
		arena_array(arena, struct admin_person_session, overview->n_sessions);

	for (size_t i = 0; i < overview->n_sessions; i++) {
		const struct overview_session *session = &overview->sessions[i];

		sessions[i] = (struct admin_person_session){
			.id = admin_person_id(arena, session->id),
			.appid = session->appid,
			.state = states[session->state],
			.user_id = session->user_id,
			.began_us = session->began_us,
			.renewed_us = session->renewed_us,
			.expires_us = session->expires_us,
			.key_id = session->key_id,
		};
	}
	return (struct object_list){.items = sessions, .n_items = overview->n_sessions};
}

#define TOKENS(member, type, ...) FIELD(struct overview_tokens, member, type, __VA_ARGS__)

static const struct field tokens_fields[] = {
	TOKENS(appid, STR, .name = "appid", .max = 64, .may_be_null = true,
		.text = {"微信应用", "appid of the WeChat app"}),
	TOKENS(n, INT32, .name = "count", .text = {"令牌数", "how many"}),
	TOKENS(first_expires_us, INSTANT, .name = "first_expires_at",
		.text = {"最早的到期时间", "when the first of them expires"}),
	TOKENS(last_expires_us, INSTANT, .name = "last_expires_at",
		.text = {"最晚的到期时间", "when the last of them expires"}),
	FIELD_END
};

const struct shape admin_person_tokens_shape =
	SHAPE("LiveTokens", struct overview_tokens, tokens_fields);

#define SESSION(member, type, ...) FIELD(struct admin_person_session, member, type, __VA_ARGS__)

static const struct field session_fields[] = {
	SESSION(id, STR, .name = "id", .max = UUID_TEXT_SIZE - 1,
		.text = {"登录的编号，GUID，不是令牌", "id of the login, a GUID, never a token"}),
	SESSION(appid, STR, .name = "appid", .max = 64, .may_be_null = true,
		.text = {"微信应用", "appid of the WeChat app"}),
	SESSION(user_id, INT32, .name = "user_id",
		.text = {"微信用户的编号", "id of the WeChat user"}),
	SESSION(state, STR, .name = "state",
		.text = {"live 令牌有效、renewable 令牌到期但可换取、expired 已过期或 ended 已结束",
			"live (its token counts), renewable (its token has expired and can be "
			"renewed), expired or ended"}),
	SESSION(began_us, INSTANT, .name = "began_at", .text = {"登录时间", "when it began"}),
	SESSION(renewed_us, INSTANT, .name = "renewed_at",
		.text = {"最近一次换取令牌的时间", "when its token was last renewed"}),
	SESSION(expires_us, INSTANT, .name = "expires_at",
		.text = {"最近的令牌的到期时间", "when its last token expires"}),
	SESSION(key_id, INT32, .name = "key_id", .is_optional = true,
		.text = {"由租户的服务器代为登录时，它的 API key 的编号；该 key 失效时随之结束；本人登录则没有",
			"id of the API key by which the tenant's server opened it, and with "
			"which it ends; absent: the person logged in"}),
	FIELD_END
};

const struct shape admin_person_session_shape =
	SHAPE("PersonSession", struct admin_person_session, session_fields);
