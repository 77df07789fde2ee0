/*
 * Whether an openid that a client claims is the client's own. What proves it: the session_key that
 * this service got for it within the last hour; else WeChat, asked with the client's session_key.
 * For official accounts, apps and web sites that is the user's access token, and as WeChat does not
 * say for whose app it was given, only an openid that this app knows from its own exchange counts.
 */
#ifndef OPENID_PROOF_H
#define OPENID_PROOF_H

#include "err.h"

struct app;
struct request;

struct openid_claim {
	const char *openid;
	const char *session_key; /* NULL or "": none */
};

/* What openid_proof() may return beside ERR_BUSY and ERR_INTERNAL. */
#define OPENID_PROOF_ERRORS                                                                     \
	ERR_PROOF_MISSING, ERR_RATE, ERR_UPSTREAM, ERR_UPSTREAM_UNSENT, ERR_UPSTREAM_BUSY,      \
		ERR_UPSTREAM_CONFIG

/* ERR_RATE: too many wrong claims of this openid from this address, or too many questions to
 * WeChat for this app. */
enum err openid_proof(
	struct request *req, const struct app *app, const struct openid_claim *claim);

#endif
