/*
 * Whether a push is WeChat's, and what it says. Whatever is wrong with a signature or an encrypted
 * message, the answer is one and the same.
 */
#ifndef PUSH_SIGNED_H
#define PUSH_SIGNED_H

#include <stdbool.h>

#include "err.h"

struct app_push;
struct request;

struct push_message {
	const char *from_user_name, *create_time, *msg_type, *event;
	const char *open_id, *app_id, *revoke_info; /* of events about personal data */
	const char *plugin_id, *open_pid;           /* of those about a plug-in's consent */
	const char *encrypted;
	bool is_covered; /* by msg_signature */
};

/* ERR_FORBIDDEN: no such app, no token agreed on, or a timestamp that is not of these minutes. */
enum err push_find_app(struct request *req, struct app_push *app_r);
/* Of the URL alone. */
enum err push_check_url(struct request *req, const struct app_push *app);
/* An encrypted message counts before what stands beside it. ERR_FORBIDDEN, ERR_BAD_REQUEST. */
enum err push_read(
	struct request *req, const struct app_push *app, struct push_message *message_r);

#endif
