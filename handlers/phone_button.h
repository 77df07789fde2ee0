/*
 * WeChat's phone button: from its code to the confirmed phone of a person, for every endpoint that
 * takes one.
 *
 * WeChat is asked once for a code, however many requests carry it, and only while the person's and
 * the tenant's limits (phone_attempt.h) let it through. The same person gets the same outcome again
 * within account.replay_window_s.
 */
#ifndef PHONE_BUTTON_H
#define PHONE_BUTTON_H

#include "err.h"

struct app;
struct request;

/* What phone_button() returns beside ERR_BUSY and ERR_INTERNAL, for an endpoint's .errors. */
#define PHONE_BUTTON_ERRORS                                                                     \
	ERR_PHONE_CODE_INVALID, ERR_CODE_USED, ERR_CODE_PENDING, ERR_NOT_PHONE_CODE,            \
		ERR_APP_NOT_MINI, ERR_WATERMARK_OTHER, ERR_PHONE_CONFIRMED_ELSEWHERE, ERR_RATE, \
		ERR_UPSTREAM, ERR_UPSTREAM_SILENT, ERR_UPSTREAM_UNSENT, ERR_UPSTREAM_BUSY,      \
		ERR_UPSTREAM_CONFIG

/* Confirms the phone behind a code for the person who is the request's principal. app: of the
 * principal's WeChat user. Returns within 9 s of the request's begin; what the request has
 * committed before stays. ERR_RATE comes with req->retry_after_s. */
enum err phone_button(struct request *req, const struct app *app, const char *code);

#endif
