#include <string.h>

#include "arena.h"
#include "cause.h"
#include "negotiate.h"
#include "told.h"

#define LOG_IN {"重新登录", "log in again"}
#define LATER {"稍后再试", "try again later"}
#define UNSENT {"没有发出，不计次数，可立即再取", "ask again, at once if you like: nothing was sent"}
#define CORRECT {"改正后再发；原样再发结果相同", "correct it; sent again as it is, it fails again"}
#define OPERATOR {"重试无用，请联系管理员", "do not repeat it; the operator finds the reason in the log"}

/* The same error where it says more, or something else. */
static const struct {
	const char *dialect;
	enum err err;
	struct cause cause;
} dialect_causes[] = {
	{"city", ERR_USER_UNKNOWN, {
		.when = {"用访问令牌时：OpenId 不是令牌本人的",
			"with an access token: OpenId is not the token's person's"},
		.next = CORRECT,
	}},
	{"city", ERR_UPSTREAM, {
		.when = {"短信网关没有应答、应答无法读取，或应答为 HTTP 错误；短信可能已发出",
			"the SMS gateway did not answer, or by an HTTP error or what cannot be "
			"read; the message may have been sent"},
		.next = {"一分钟后仍未收到再重新获取",
			"if no message comes within a minute, ask again"},
	}},
	{"city", ERR_UPSTREAM_UNSENT, {
		.when = {"短信网关拒绝了，或连接不上；没有发出",
			"the SMS gateway has refused it or cannot be reached; nothing was sent"},
		.next = UNSENT,
	}},
	{"city", ERR_UPSTREAM_CONFIG, {
		.when = {"短信网关的密钥、签名或模板有误，或未配置",
			"the gateway refuses the key, the signature or the template, or none is "
			"set up"},
		.next = OPERATOR,
	}},
	{"shop", ERR_MEMBER_REFUSED, {
		.when = {"用访问令牌时：手机号不是本人验证过的；bindmember：没有这样的会员，会员已"
			"被绑定，资料不符或卡不可用；createmember：该手机号已有会员",
			"with an access token: the phone is not the one that the person has "
			"confirmed; of bindmember, there is no such member, it is bound, name or "
			"number differ, or the card cannot be used; of createmember, a member "
			"has the phone"},
		.next = {"先 bindmember，失败再 createmember；都失败时把说明给用户看",
			"call bindmember, and createmember if that fails; if both do, show the "
			"person the text"},
	}},
	{"v1", ERR_ACCOUNT_DISABLED, {
		.when = {"管理员停用了账号", "the account was switched off"},
		.next = {"请联系管理员", "ask the administrator"},
	}},
	{"push", ERR_RATE, {
		.when = {"该地址为这个应用签错过多，或报出过多未知的 appid",
			"the address has signed wrong for the app too often, or has named too "
			"many unknown apps"},
		.next = {"核对 Token，等 Retry-After 秒再试",
			"check the Token, and try again after Retry-After seconds"},
	}},
	{"push", ERR_FORBIDDEN, {
		.when = {"签名不对，timestamp 相差超过 300 秒，或应用有 EncodingAESKey 而消息是明"
			"文",
			"the signature is wrong, timestamp is over 300 s off, or the app has an "
			"EncodingAESKey and the message is plain"},
		.next = CORRECT,
	}},
};

static struct cause cause_add(
	struct arena *arena, struct cause cause, const char *zh, const char *en)
{
	cause.when.zh = arena_printf(arena, "%s；或%s", cause.when.zh, zh);
	cause.when.en = arena_printf(arena, "%s; or %s", cause.when.en, en);
	return cause;
}

static struct cause cause_of_dialect(const struct dialect *dialect, enum err err)
{
	for (size_t i = 0; i < sizeof(dialect_causes) / sizeof(*dialect_causes); i++)
		if (dialect_causes[i].err == err &&
			strcmp(dialect_causes[i].dialect, dialect->name) == 0)
			return dialect_causes[i].cause;
	if (cause_table[err].when.zh == NULL)
		BUG("the reference has no cause of ERR_%s", err_name(err));
	return cause_table[err];
}

enum err cause_of_unreadable(const struct endpoint *endpoint)
{
	if (endpoint->source != FROM_BODY)
		return ERR_NONE;
	return endpoint->unreadable != ERR_NONE ? endpoint->unreadable : ERR_PARAMETER;
}

/* With what the answer itself says of what to do next. */
static struct cause cause_told(struct cause cause, const struct dialect_error *error)
{
	if (error->advice.zh != NULL)
		cause.next = error->advice;
	return cause;
}

/* Where the text names the type, there is another one for a body without. */
static struct cause cause_of_untyped(struct arena *arena, struct cause cause)
{
	cause.when.zh = arena_printf(arena, "%s。缺少或无法读取时文字为：%s", cause.when.zh,
		negotiate_untyped.zh);
	cause.when.en = arena_printf(arena,
		"%s; the text of one that is absent or cannot be read is: %s", cause.when.en,
		negotiate_untyped.en);
	return cause;
}

/* Where no credential is needed. */
static struct cause cause_of_open(const struct endpoint *endpoint, enum err err, struct cause cause)
{
	static const struct cause absent = {
		.when = {"没有访问令牌，或无法识别", "there is no access token, or it is unknown"},
		.next = LOG_IN,
	};
	static const struct cause old = {
		.when = {"令牌过期已满 7 天，或登录已满 90 天",
			"the token expired 7 days ago or more, or its login is 90 days old"},
		.next = LOG_IN,
	};
	static const struct cause key = {
		.when = {"随请求发来的 API key 无法识别；访问令牌不看",
			"the API key that came with it is not known; an access token does not "
			"matter"},
		.next = {"检查 API key，或不发", "check the API key, or send none"},
	};

	static const struct cause read_only_key = {
		.when = {"随请求发来的 API key 没有写权限；有 code 也如此",
			"the API key that came with it may not write; also beside a code"},
		.next = {"换用可写的 API key，或不发", "send a key that may write, or none"},
	};

	if (err == ERR_TOKEN_EXPIRED)
		return old;
	if (err == ERR_FORBIDDEN)
		return read_only_key;
	if (err == ERR_UNAUTHORIZED)
		return told_needs_token(endpoint) ? absent : key;
	return cause;
}

struct cause cause_of_further(const struct further_error *further)
{
	return (struct cause){further->when, further->error.advice};
}

struct cause cause_of(struct arena *arena, const struct dialect *dialect,
	const struct endpoint *endpoint, enum err err)
{
	struct cause cause = cause_of_dialect(dialect, err);

	if (err == ERR_MEDIA_TYPE && strstr(dialect->errors[err].en, "%s") != NULL)
		cause = cause_of_untyped(arena, cause);
	if (endpoint == NULL)
		return cause_told(cause, &dialect->errors[err]);
	if (endpoint_is_open(endpoint) && (endpoint->access & ACCESS_SIGNED) == 0)
		cause = cause_of_open(endpoint, err, cause);
	if (err == ERR_RATE && endpoint_declares(endpoint, err) &&
		(endpoint->access & ACCESS_SIGNED) == 0)
		cause = cause_add(arena, cause, "该接口自己的限额已用完",
			"a limit of the endpoint's own is reached");
	if (err == ERR_BAD_REQUEST && endpoint->source == FROM_QUERY)
		cause = cause_add(arena, cause, "查询参数类型不符或过长",
			"a parameter of the query is of another type or too long");
	if (err == cause_of_unreadable(endpoint))
		cause = cause_add(arena, cause, "请求体无法读取", "the body cannot be read");
	return cause_told(cause, &dialect->errors[err]);
}
