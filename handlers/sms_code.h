/*
 * A verification code that is made and sent, for every endpoint that sends one.
 */
#ifndef SMS_CODE_H
#define SMS_CODE_H

#include "err.h"

struct code_scope;
struct request;

/* Makes a code of the scope and sends it. What surely was not sent is withdrawn: it does not count,
 * or, if the gateway refuses the number, on all limits but the phone's. Returns ERR_SMS_RATE with
 * req->retry_after_s, ERR_SMS_REFUSED, ERR_UPSTREAM if the gateway did not answer, so that the
 * message counts as sent, ERR_UPSTREAM_UNSENT or ERR_UPSTREAM_CONFIG. */
enum err sms_code_send(struct request *req, const struct code_scope *scope);

#endif
