#include "api.h"
#include "endpoints.h"
#include "random_id.h"
#include "store.h"

#define TOKEN_CHARS 500
#define TOKEN_LIFE_S 7200
#define OVERLAP_S 300
#define FORCED_MAX_A_DAY 20
#define FORCED_PAUSE_S 30

static enum errcode admit(const struct call *call, struct sandbox_app *app_r)
{
	static const struct requirement required[] = {
		{"appid", ERRCODE_APPID_MISSING},
		{"secret", ERRCODE_SECRET_MISSING},
		{NULL, ERRCODE_NONE},
	};
	enum errcode errcode = api_require(call, required, "client_credential");

	return errcode != ERRCODE_NONE ? errcode : api_find_app(call, false, app_r);
}

static enum errcode issue(struct call *call, struct app_token *token, int32_t overlap_s)
{
	token->token = random_text(call->arena, "81_", TOKEN_CHARS);
	token->expires_in = TOKEN_LIFE_S;
	return api_stored(
		store_add_app_token(call->db, token, overlap_s), ERRCODE_SYSTEM_BUSY);
}

static void say(struct call *call, const struct app_token *token)
{
	call->answer = json_pack("{s:s,s:i}", "access_token", token->token, "expires_in",
		(int)token->expires_in);
}

static enum errcode token(struct call *call)
{
	struct sandbox_app app;
	struct app_token made = {.is_stable = false};
	enum errcode errcode = admit(call, &app);

	if (errcode != ERRCODE_NONE)
		return errcode;
	made.appid = app.appid;
	errcode = issue(call, &made, OVERLAP_S);
	if (errcode == ERRCODE_NONE)
		say(call, &made);
	return errcode;
}

/* The present one, renewed in its last minutes. */
static enum errcode say_present(struct call *call, const struct sandbox_app *app)
{
	struct app_token present;
	enum err err = store_find_stable_token(call->db, app->appid, &present);
	enum errcode errcode = api_stored(err, ERRCODE_NONE);

	if (errcode != ERRCODE_NONE)
		return errcode;
	if (err == ERR_ABSENT || present.expires_in <= OVERLAP_S) {
		present = (struct app_token){.appid = app->appid, .is_stable = true};
		errcode = issue(call, &present, OVERLAP_S);
	}
	if (errcode == ERRCODE_NONE)
		say(call, &present);
	return errcode;
}

static enum errcode say_new(struct call *call, const struct sandbox_app *app)
{
	struct app_token made;
	enum errcode errcode;

	if (store_count_forced(call->db, app->appid, &made) != ERR_NONE)
		return ERRCODE_SYSTEM_BUSY;
	if (made.n_forced >= FORCED_MAX_A_DAY)
		return ERRCODE_DAY_QUOTA;
	if (made.forced_ago < FORCED_PAUSE_S)
		return say_present(call, app);
	made = (struct app_token){.appid = app->appid, .is_stable = true, .is_forced = true};
	errcode = issue(call, &made, 0);
	if (errcode == ERRCODE_NONE)
		say(call, &made);
	return errcode;
}

static enum errcode stable_token(struct call *call)
{
	struct sandbox_app app;
	enum errcode errcode = admit(call, &app);

	if (errcode != ERRCODE_NONE)
		return errcode;
	if (json_is_true(json_object_get(call->body, "force_refresh")))
		return say_new(call, &app);
	return say_present(call, &app);
}

const struct sandbox_endpoint cgi_bin_token =
	API("GET", "cgi-bin/token", "An app's access token", token);
const struct sandbox_endpoint cgi_bin_stable_token =
	API("POST", "cgi-bin/stable_token", "An app's stable access token", stable_token);
