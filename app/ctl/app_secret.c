#include <string.h>

#include "app.h"
#include "app_kind.h"
#include "arena.h"
#include "ask.h"
#include "command.h"
#include "crypto.h"
#include "transfers.h"
#include "wechat.h"

enum { APPID, UNTRIED };

struct app_search {
	const char *appid;
	struct wechat_app app; /* without its secret */
	bool is_found;
};

static void note_app(void *ctx, const struct app *app)
{
	struct app_search *search = ctx;

	if (strcmp(app->appid, search->appid) != 0)
		return;
	search->app = (struct wechat_app){.kind = app->kind, .appid = search->appid};
	search->is_found = true;
}

static int print_refusal(
	struct ctl *ctl, const struct wechat_app *app, const struct wechat_refusal *refusal)
{
	if (refusal->address[0] != '\0')
		return ctl_fail("the AppSecret cannot be tried: WeChat refuses this host's address "
				"%s; put it on the app's IP whitelist (IP白名单) at "
				"mp.weixin.qq.com; nothing is changed",
			refusal->address);
	return ctl_fail("WeChat refuses this AppSecret of %s with %s; compare it with "
			"mp.weixin.qq.com; nothing is changed",
		app->appid, wechat_errcode_text(ctl->arena, refusal->errcode).en);
}

/* Asks WeChat for the app's token, which ends no other one. Returns the exit status. */
static int try_secret(struct ctl *ctl, const struct wechat_app *app)
{
	struct transfers *transfers = transfers_new(1);
	struct wechat *wechat = wechat_new(ctl->conf, transfers, NULL);
	struct wechat_token token;
	enum err err = ERR_UPSTREAM;
	int status = EXIT_SUCCESS;

	if (wechat != NULL) {
		wechat_log_no_refusals(wechat);
		err = wechat_fetch_token(
			wechat, ctl->arena, app, wechat_deadline_us(wechat), &token);
	}
	if (err == ERR_UPSTREAM_CONFIG)
		status = print_refusal(ctl, app, wechat_last_refusal(wechat));
	else if (err != ERR_NONE)
		status = ctl_fail("WeChat could not be asked (see above); nothing is changed; to "
				  "set the AppSecret untried, add: --untried");
	wechat_free(wechat);
	transfers_free(transfers);
	return status;
}

static int store_secret(struct ctl *ctl, const struct wechat_app *app, bool is_tried)
{
	if (is_tried && try_secret(ctl, app) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	return ctl_done(app_set_secret(ctl->db, app->appid, app->secret), CTL_NO_APP,
		"App %s: the AppSecret is set%s.", app->appid,
		is_tried ? ", and WeChat takes it" : ", untried");
}

static int set_secret(struct ctl *ctl, const struct argument *arguments)
{
	struct app_search search = {.appid = arguments[APPID].text};
	char secret[ASK_APP_SECRET_MAX + 3];
	enum err err = app_list(ctl->db, note_app, &search);
	const bool is_untried = arguments[UNTRIED].text != NULL;
	int status;

	if (err != ERR_NONE || !search.is_found)
		return ctl_status(err == ERR_NONE ? ERR_PARAMETER : err, CTL_NO_APP);
	if (!is_untried && !app_kind_has_token(search.app.kind))
		return ctl_fail("WeChat does not say whether the AppSecret of a mobile app or a "
				"web site is right; to set it all the same, run: wxuserctl app "
				"set-secret %s --untried",
			search.appid);
	if (ask_app_secret(secret) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	search.app.secret = secret;
	status = store_secret(ctl, &search.app, !is_untried);
	crypto_wipe(secret, sizeof(secret));
	return status;
}

const struct command command_app_set_secret = {
	.name = "app set-secret",
	.arguments = "APPID [--untried]",
	.summary = "Sets an app's AppSecret, after WeChat was asked whether it takes it",
	.details =
		"For an AppSecret that WeChat has reset. It is read from standard input, from a\n"
		"terminal without echo. One that WeChat refuses is not stored. --untried stores\n"
		"it unasked: where WeChat cannot be reached, and for mobile apps and web sites,\n"
		"whose AppSecret cannot be tried. The change holds at once on this host, within\n"
		"five seconds on the others.\n",
	.reads = "the AppSecret is read from standard input",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = set_secret,
};
