/*
 * The dialect of WeChat's message push: plain text, "success" for what is taken or of no matter; a
 * status over 400 for what is to be sent again or was not WeChat's.
 */
#ifndef PUSH_DIALECT_H
#define PUSH_DIALECT_H

#include "endpoint.h"

extern const struct dialect push_dialect;

/* Of the URL, with which WeChat signs what it sends. */
struct push_query {
	const char *signature, *msg_signature, *timestamp, *nonce, *echostr;
};

extern const struct shape push_query_shape;

/* The whole answer. */
void push_say(struct request *req, int status, const char *text);

#endif
