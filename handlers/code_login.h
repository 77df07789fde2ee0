/*
 * A login code goes in, the account of the one who got it comes out: the same for every endpoint
 * that takes a code.
 *
 * A code is exchanged exactly once, however many requests carry it at once on however many hosts.
 * For a short time (account.replay_window_s) the same client address gets the outcome again, and
 * those that wait for the first one's outcome obey the same rule.
 */
#ifndef CODE_LOGIN_H
#define CODE_LOGIN_H

#include "err.h"

struct account;
struct app;
struct request;

/* What code_login() may return beside ERR_BUSY and ERR_INTERNAL, for an endpoint's .errors. */
#define CODE_LOGIN_ERRORS                                                                       \
	ERR_CODE_INVALID, ERR_CODE_USED, ERR_CODE_PENDING, ERR_RISK_USER, ERR_SNAPSHOT_USER,    \
		ERR_ACCOUNT_DISABLED, ERR_UPSTREAM, ERR_UPSTREAM_UNSENT, ERR_UPSTREAM_BUSY,     \
		ERR_UPSTREAM_CONFIG

enum err code_login(
	struct request *req, const struct app *app, const char *code, struct account *account_r);

#endif
