/*
 * Proof that the openid in a message is the client's own. It is proven by the session_key that this
 * service got for it within the last hour; otherwise WeChat is asked with the client's session_key.
 *
 * For official accounts, apps and web sites the session_key is the user's access token. WeChat does
 * not say to which app it gave that token. So it proves only an openid that this app knows from an
 * exchange of its own.
 */
#ifndef OPENID_PROOF_H
#define OPENID_PROOF_H

#include "err.h"

struct app;
struct request;

struct openid_claim {
	const char *openid;
	const char *session_key; /* NULL or "": the client sent none */
};

/* What openid_proof() returns beside ERR_BUSY and ERR_INTERNAL. */
#define OPENID_PROOF_ERRORS                                                                     \
	ERR_PROOF_MISSING, ERR_RATE, ERR_UPSTREAM, ERR_UPSTREAM_SILENT, ERR_UPSTREAM_UNSENT,    \
		ERR_UPSTREAM_BUSY, ERR_UPSTREAM_CONFIG

/* Returns ERR_PROOF_MISSING if nothing proves the openid. Returns ERR_RATE after too many wrong
 * claims of this openid from this address, or too many questions to WeChat for this app. */
enum err openid_proof(
	struct request *req, const struct app *app, const struct openid_claim *claim);

#endif
