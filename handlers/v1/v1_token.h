/*
 * An access token in an answer of /v1.
 */
#ifndef V1_TOKEN_H
#define V1_TOKEN_H

#include <stdint.h>

#include "secret.h"

struct access_token;
struct request;

struct v1_token {
	const char *access_token, *token_type;
	int32_t expires_in; /* seconds */
};

struct v1_token_answer {
	struct v1_token token;
};

struct v1_token v1_token_from(struct request *req, const struct access_token *token);

/* The fields (shape.h) of a struct with a struct v1_token, which is its member token. */
#define V1_TOKEN_FIELDS(model, token)                                                           \
	FIELD(model, token.access_token, STR, .name = "access_token",                           \
		.max = SECRET_TOKEN_SIZE,                                                       \
		.text = {"访问令牌，放在 Authorization: Bearer 中",                             \
			"the access token, for Authorization: Bearer"}),                        \
	FIELD(model, token.token_type, STR, .name = "token_type",                               \
		.text = {"总是 Bearer", "always Bearer"}),                                      \
	FIELD(model, token.expires_in, INT32, .name = "expires_in",                             \
		.text = {"有效秒数", "seconds until it expires"})

#endif
