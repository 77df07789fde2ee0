#include "address.h"
#include "app.h"
#include "app_token.h"
#include "arena.h"
#include "ascii.h"
#include "authorization.h"
#include "conf.h"
#include "crypto.h"
#include "db.h"
#include "limit.h"
#include "openid_proof.h"
#include "request.h"
#include "str.h"
#include "wechat.h"

struct session_question {
	const struct openid_claim *claim;
	int64_t deadline_us;
};

static enum err openid_proof_check_session(
	struct request *req, const char *access_token, void *ctx)
{
	const struct session_question *session = ctx;

	return wechat_check_session(req->wechat, access_token, session->claim->openid,
		session->claim->session_key, session->deadline_us);
}

static enum err openid_proof_ask_session(
	struct request *req, const struct app *app, const struct openid_claim *claim)
{
	struct session_question session = {
		.claim = claim, .deadline_us = wechat_deadline_us(req->wechat),
	};
	const struct app_question question = {
		.deadline_us = session.deadline_us,
		.ask = openid_proof_check_session,
		.ctx = &session,
	};

	return app_token_ask(req, app, &question);
}

static enum err openid_proof_ask(
	struct request *req, const struct app *app, const struct openid_claim *claim)
{
	if (app->kind == APP_MINI)
		return openid_proof_ask_session(req, app, claim);
	return wechat_check_user_token(req->wechat, claim->session_key, claim->openid);
}

/* From where a proof comes. */
struct origin {
	const char *address; /* NULL: not limited */
	const char *network; /* which has had few wrong proofs; NULL: another */
};

/* The network's token is given back unless the proof is wrong. */
static struct origin openid_proof_origin(struct request *req, const char *address)
{
	struct origin origin = {.address = req->conf->rates_by_address ? address : NULL};
	const char *network = origin.address == NULL ? NULL : address_of_network(req);

	if (network != NULL && limit_note(req, LIMIT_UNPROVEN_NETWORK, network))
		origin.network = network;
	return origin;
}

static void openid_proof_give_back(
	struct request *req, const struct app *app, const struct origin *origin)
{
	if (origin->address != NULL)
		limit_give_back(req, LIMIT_UNPROVEN_ADDRESS, origin->address);
	limit_give_back(req, LIMIT_UNPROVEN, app->appid);
}

/* What the app's limit refuses costs its address nothing: others may have used the app's up. For a
 * network with few wrong proofs there is as much again, which the others cannot use up. */
static enum err openid_proof_take(
	struct request *req, const struct app *app, const struct origin *origin)
{
	enum err err = ERR_NONE;

	if (origin->address != NULL)
		err = limit_take(req, LIMIT_UNPROVEN_ADDRESS, origin->address);
	if (err != ERR_NONE)
		return err;
	err = origin->network != NULL ? limit_take_reserved(req, LIMIT_UNPROVEN, app->appid)
				     : limit_take(req, LIMIT_UNPROVEN, app->appid);
	if (err != ERR_NONE && origin->address != NULL)
		limit_give_back(req, LIMIT_UNPROVEN_ADDRESS, origin->address);
	return err;
}

/* What WeChat confirms costs neither its address nor its app anything. */
static enum err openid_proof_ask_limited(struct request *req, const struct app *app,
	const struct openid_claim *claim, const char *address)
{
	const struct origin origin = openid_proof_origin(req, address);
	enum err err = openid_proof_take(req, app, &origin);

	if (err == ERR_NONE) {
		err = openid_proof_ask(req, app, claim);
		if (err == ERR_NONE)
			openid_proof_give_back(req, app, &origin);
	}
	if (err != ERR_PROOF_MISSING && origin.network != NULL)
		limit_give_back(req, LIMIT_UNPROVEN_NETWORK, origin.network);
	return err;
}

/* Only what WeChat has refused counts as a failure. Without an address, one client's failures would
 * lock out the others. */
static enum err openid_proof_by_wechat(
	struct request *req, const struct app *app, const struct openid_claim *claim)
{
	const char *address = address_of_client(req);
	const char *failures;
	enum err err;

	if (address == NULL)
		return openid_proof_ask_limited(req, app, claim, NULL);
	failures = arena_printf(req->arena, "%s %s", address, claim->openid);
	err = limit_look(req, LIMIT_LOGIN_FAILURES, failures);
	if (err == ERR_NONE)
		err = openid_proof_ask_limited(req, app, claim, address);
	if (err == ERR_PROOF_MISSING)
		limit_note(req, LIMIT_LOGIN_FAILURES, failures);
	return err;
}

static bool is_known_key(const struct known_session *known, const char *session_key)
{
	return !str_is_empty(known->session_key) &&
		crypto_text_equal(known->session_key, session_key);
}

/* Base64 has neither blanks nor '%'. A blank was a '+' before it was read from a form, unless it
 * follows the '=' at the end. A '%' is left if a client encodes as for a form but sends JSON. */
static const char *mend_session_key(struct arena *arena, const char *session_key)
{
	char *mended = arena_strdup(arena, session_key);
	char *to = mended;

	mended[str_percent_decode(mended, strlen(mended), false)] = '\0';
	for (const char *at = mended; *at != '\0'; at++) {
		if (*at == ' ' && (to == mended || to[-1] != '='))
			*to++ = '+';
		else if (!ascii_is_space(*at))
			*to++ = *at;
	}
	*to = '\0';
	return mended;
}

enum err openid_proof(struct request *req, const struct app *app, const struct openid_claim *given)
{
	struct openid_claim claim = *given;
	struct known_session known;
	enum err err;

	if (claim.session_key != NULL)
		claim.session_key = mend_session_key(req->arena, claim.session_key);
	if (str_is_empty(claim.session_key))
		return request_fail(req, ERR_PROOF_MISSING, "neither code nor session_key");
	err = authorization_session(req->db, app, claim.openid, &known);
	if (err != ERR_NONE || is_known_key(&known, claim.session_key))
		return err;
	if (app->kind != APP_MINI && !known.is_exchanged)
		return request_fail(req, ERR_PROOF_MISSING, "no exchange of this app's");
	return openid_proof_by_wechat(req, app, &claim);
}
