/*
 * The dialect of WeChat's message push: plain text. "success" tells WeChat that the push was stored
 * or is of no interest. A status of 400 or more tells it to send again, or that it is not WeChat.
 */
#ifndef PUSH_DIALECT_H
#define PUSH_DIALECT_H

#include "endpoint.h"

extern const struct dialect push_dialect;

/* The parameters of the URL, by which WeChat signs what it sends. */
struct push_query {
	const char *signature, *msg_signature, *timestamp, *nonce, *echostr;
};

extern const struct shape push_query_shape;

/* Writes the whole answer. */
void push_write(struct request *req, int status, const char *text);

#endif
