#include "app_push.h"
#include "ask.h"
#include "command.h"
#include "secret.h"
#include "str.h"
#include "wechat_push.h"

enum { APPID, DROP_PREVIOUS };

/* Room for what is too long, so that it is refused and not cut. */
#define LINE_SIZE 128

static const char *or_null(const char *text)
{
	return str_is_empty(text) ? NULL : text;
}

static const char *outcome(const char *change, const char *stored)
{
	if (change != NULL)
		return "set";
	return str_is_empty(stored) ? "not set" : "kept";
}

/* Why the rule refuses it. */
static const char *refusal_of(const struct app_push_change *change)
{
	if (change->token != NULL && !app_push_is_token(change->token))
		return "the Token is 1 to 32 letters and digits, as the console of WeChat has it";
	if (change->key != NULL && !wechat_push_is_key(change->key))
		return "the EncodingAESKey is 43 letters and digits, as the console of WeChat has "
		       "it";
	return CTL_NO_APP;
}

static int set_push(struct ctl *ctl, const struct argument *arguments)
{
	char token[LINE_SIZE] = "", key[LINE_SIZE] = "";
	struct app_push_change change = {
		.appid = arguments[APPID].text,
		.drops_previous = arguments[DROP_PREVIOUS].text != NULL,
	};
	struct app_push push;
	const char *refusal;
	enum err err;

	if (!ask_secret("Token, or nothing to keep it", token, sizeof(token)))
		return ctl_fail("standard input must hold the Token, in a line");
	ask_secret("EncodingAESKey, or nothing to keep it", key, sizeof(key));
	change.token = or_null(token);
	change.key = or_null(key);
	err = app_push_set(ctl->db, &change);
	if (err == ERR_NONE && app_push_find(ctl->db, change.appid, &push) < 0)
		err = db_err(ctl->db);
	refusal = refusal_of(&change);
	secret_wipe(token, sizeof(token));
	secret_wipe(key, sizeof(key));
	return ctl_done(err, refusal, "App %s: the Token is %s, the EncodingAESKey is %s%s.",
		change.appid, outcome(change.token, push.token), outcome(change.key, push.key),
		change.drops_previous ? ", the key before is dropped" : "");
}

const struct command command_app_set_push = {
	.name = "app set-push",
	.arguments = "APPID [--drop-previous]",
	.summary = "Sets what an app's message push is signed and encrypted with",
	.details = "Standard input holds the Token and, where messages come encrypted, the\n"
		   "EncodingAESKey, a line each; an empty line keeps what there is. With a new\n"
		   "key the one before goes on counting until --drop-previous or the next change.\n"
		   "WeChat sends to https://HOST/wechat/push/APPID. Only encrypted messages make\n"
		   "wxuser erase anything.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = set_push,
};
