/*
 * The headers of answers that a client reads: response_tell() writes them, and the reference tells
 * them. Those that caches and browsers read (Cache-Control, CORS) are not among them.
 */
#ifndef HEADER_H
#define HEADER_H

#include "shape.h"

#define HEADER_LIST(X)                                                                          \
	X(REQUEST_ID, "X-Request-Id", STR,                                                      \
		"请求的编号，日志中也有；报告问题时请附上",                                     \
		"the request's id, also in the log; tell it when you report a problem")         \
	X(RETRY_AFTER, "Retry-After", INT32,                                                    \
		"请求过于频繁、/v1 的 503、由 Web 服务器代为应答时才有："                       \
		"再试之前等待的秒数",                                                           \
		"after too many requests, with 503 of /v1, and where the web server "           \
		"answers in the service's place, and nowhere else: seconds to wait before "     \
		"another try")                                                                  \
	X(WWW_AUTHENTICATE, "WWW-Authenticate", STR,                                            \
		"Bearer（RFC 6750）；发来了凭证时，error_description 是 The access token has "  \
		"expired or was renewed、The access token was revoked 或 The credential is "    \
		"not known",                                                                    \
		"Bearer (RFC 6750); if a credential was sent, error_description is The access " \
		"token has expired or was renewed, The access token was revoked, or The "       \
		"credential is not known")                                                      \
	X(ALLOW, "Allow", STR, "HTTP 405 和 OPTIONS 时：该地址的请求方法",                      \
		"with HTTP 405 and after OPTIONS: the methods of the address")                  \
	X(SET_COOKIE, "Set-Cookie", STR,                                                        \
		"管理会话的 cookie：HttpOnly、SameSite=Strict，只发往 /v1/admin",              \
		"the cookie of the session: HttpOnly, SameSite=Strict, sent to /v1/admin alone") \
	X(ACCESS_TOKEN, "X-Access-Token", STR,                                                  \
		"访问令牌；租户的设置 access_token_header 打开时才有",                          \
		"an access token, if the tenant's setting access_token_header is on")           \
	X(ACCESS_TOKEN_EXPIRES, "X-Access-Token-Expires", STR,                                  \
		"该令牌的到期时间，如 2026-11-30T01:19:10.417+00:00",                           \
		"when that token expires, as 2026-11-30T01:19:10.417+00:00")

enum header {
#define HEADER_ID(id, name, kind, zh, en) HEADER_##id,
	HEADER_LIST(HEADER_ID)
#undef HEADER_ID
	HEADER_N
};

/* Of a set of headers. */
#define HEADER_BIT(id) (1U << HEADER_##id)

/* Name, kind and text of each. */
extern const struct field header_fields[HEADER_N];

#endif
