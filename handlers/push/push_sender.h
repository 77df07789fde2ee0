/*
 * Limits of who sends pushes: an address may name so many unknown apps, and sign so often wrong for
 * an app. One that has signed right for the app within the last half day, as WeChat's have, is not
 * limited for it. Beyond the limit a right signature does not count either, since it would tell
 * which guess of the app's Token is right.
 */
#ifndef PUSH_SENDER_H
#define PUSH_SENDER_H

#include <stdbool.h>

#include "err.h"

struct app_push;
struct request;

/* Finds the app that the path names. Returns ERR_FORBIDDEN if there is none, ERR_RATE. */
enum err push_sender_find_app(struct request *req, struct app_push *app_r);
/* Call before a signature is checked. Returns ERR_RATE after too many wrong ones. */
enum err push_sender_check(struct request *req, const struct app_push *app);
/* Counts a signature for or against the sender. */
void push_sender_note(struct request *req, const struct app_push *app, bool is_right);

#endif
