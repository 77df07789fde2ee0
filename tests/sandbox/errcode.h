/*
 * What WeChat's servers say when they refuse: the numbers, and the texts as they were seen.
 */
#ifndef ERRCODE_H
#define ERRCODE_H

#define ERRCODE_LIST(X)                                                                         \
	X(NONE, 0, "ok")                                                                        \
	X(SYSTEM_BUSY, -1, "system error")                                                      \
	X(CREDENTIAL_INVALID, 40001,                                                            \
		"invalid credential, access_token is invalid or not latest")                    \
	X(GRANT_TYPE_INVALID, 40002, "invalid grant_type")                                      \
	X(OPENID_INVALID, 40003, "invalid openid")                                              \
	X(APPID_INVALID, 40013, "invalid appid")                                                \
	X(TOKEN_INVALID, 40014, "invalid access_token")                                         \
	X(CODE_INVALID, 40029, "invalid code")                                                  \
	X(REFRESH_TOKEN_INVALID, 40030, "invalid refresh_token")                                \
	X(URL_INVALID, 40066, "invalid url")                                                    \
	X(SECRET_INVALID, 40125, "invalid appsecret")                                           \
	X(CODE_USED, 40163, "code been used")                                                   \
	X(ADDRESS_REFUSED, 40164,                                                               \
		"invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist")             \
	X(RISK_USER, 40226, "code blocked")                                                     \
	X(TOKEN_MISSING, 41001, "access_token missing")                                         \
	X(APPID_MISSING, 41002, "appid missing")                                                \
	X(REFRESH_TOKEN_MISSING, 41003, "refresh_token missing")                                \
	X(SECRET_MISSING, 41004, "appsecret missing")                                           \
	X(CODE_MISSING, 41008, "missing code")                                                  \
	X(OPENID_MISSING, 41009, "missing openid")                                              \
	X(TOKEN_EXPIRED, 42001, "access_token expired")                                         \
	X(REFRESH_TOKEN_EXPIRED, 42002, "refresh_token expired")                                \
	X(CODE_EXPIRED, 42003, "oauth_code expired")                                            \
	X(GET_NEEDED, 43001, "require GET method")                                              \
	X(POST_NEEDED, 43002, "require POST method")                                            \
	X(BODY_EMPTY, 44002, "empty post data")                                                 \
	X(DAY_QUOTA, 45009, "reach max api daily quota limit")                                  \
	X(MINUTE_QUOTA, 45011, "api minute-quota reach limit, must slower, retry next minute")  \
	X(BODY_INVALID, 47001, "data format error")                                             \
	X(UNAUTHORIZED, 48001, "api unauthorized")                                              \
	X(SIG_METHOD_INVALID, 87008, "invalid sig_method")                                      \
	X(SIGNATURE_INVALID, 87009, "invalid signature")

enum errcode {
#define ERRCODE_ENUM(name, number, text) ERRCODE_##name = (number),
	ERRCODE_LIST(ERRCODE_ENUM)
#undef ERRCODE_ENUM
};

#endif
