/*
 * Verifies that a push is WeChat's, and reads it. The answer is the same whatever is wrong with a
 * signature or an encrypted message.
 */
#ifndef PUSH_SIGNED_H
#define PUSH_SIGNED_H

#include <stdbool.h>

#include "err.h"

struct app_push;
struct request;

/* How far WeChat's clock may be off this host's. */
#define PUSH_TOLERANCE_S 300

struct push_message {
	const char *from_user_name, *create_time, *msg_type, *event;
	const char *open_id, *app_id, *revoke_info; /* of events about personal data */
	const char *plugin_id, *open_pid;           /* of those about a plug-in's consent */
	const char *encrypted;
	bool is_covered; /* msg_signature covers the message */
};

/* Finds the app that the path names. Returns ERR_FORBIDDEN if there is none, if it has no push
 * token, or if the timestamp is more than five minutes off; or ERR_RATE
 * (push_sender.h). */
enum err push_find_app(struct request *req, struct app_push *app_r);
/* Checks the signature of the URL. Returns ERR_FORBIDDEN. */
enum err push_check_url(struct request *req, const struct app_push *app);
/* Reads a message whose signature is right. An encrypted message counts, and not what stands beside
 * it; a plain one counts if the app has no key or the tenant's setting push_takes_plain is on.
 * Returns ERR_FORBIDDEN, ERR_BAD_REQUEST. */
enum err push_read(
	struct request *req, const struct app_push *app, struct push_message *message_r);

#endif
