/*
 * Proof that the person who presents an access token is there: a code of WeChat for any openid of
 * the person's account, which no request has carried before. A stolen token proves nothing.
 *
 * The code is exchanged once, as code_login.h says, but nobody is logged in by it, no user is made,
 * and no repetition gets its outcome.
 */
#ifndef FRESH_CODE_H
#define FRESH_CODE_H

#include "err.h"
#include "shape.h"
#include "uuid.h"

struct request;

/* What fresh_code_prove() returns beside ERR_BUSY and ERR_INTERNAL, for an endpoint's .errors. */
#define FRESH_CODE_ERRORS                                                                       \
	ERR_APP_UNKNOWN, ERR_RATE, ERR_CODE_INVALID, ERR_CODE_USED, ERR_CODE_PENDING,           \
		ERR_CODE_OTHER, ERR_RISK_USER, ERR_SNAPSHOT_USER, ERR_UPSTREAM,                 \
		ERR_UPSTREAM_SILENT, ERR_UPSTREAM_UNSENT, ERR_UPSTREAM_BUSY,                    \
		ERR_UPSTREAM_CONFIG

/* The message of such an endpoint. */
struct fresh_code {
	const char *code;
};
extern const struct shape fresh_code_shape;

/* Exchanges the code of the message, and sets account_id_r to the account that it proves, which may
 * be another one than the principal's after a merge. The app is the one of X-WX-AppId, else that of
 * the token. Returns ERR_CODE_OTHER if the openid is another person's or unknown, ERR_RATE after
 * too many failures of the account, and ERR_USER_UNKNOWN if the person has gone since the token was
 * found. */
enum err fresh_code_prove(struct request *req, struct uuid *account_id_r);
/* Returns what to answer after the proof for an error of what the person wants: ERR_BUSY would say
 * that the same code may be sent again. */
enum err fresh_code_spent(enum err err);

#endif
