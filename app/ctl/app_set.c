#include <stdbool.h>
#include <string.h>

#include "app.h"
#include "app_move.h"
#include "ask.h"
#include "command.h"
#include "secret.h"

enum { APPID, OPEN_PLATFORM, DEFAULT, SECRET };

struct suspicion {
	const char *appid;
	bool is_there;
};

static void note_suspect(void *ctx, const char *appid, int32_t n_users)
{
	struct suspicion *suspicion = ctx;

	(void)n_users;
	suspicion->is_there |= strcmp(appid, suspicion->appid) == 0;
}

static void print_move(void *ctx, const struct app_move_report *report)
{
	const struct suspicion *suspicion = ctx;

	printf("Its users get their new unionids when they next log in: %d have, %d have not.\n"
	       "Look at it by: wxuserctl app moves\n"
	       "To undo it: wxuserctl app set %s --open-platform '%s'\n",
		report->n_moved, report->n_to_come, report->appid, report->from);
	if (!suspicion->is_there)
		puts("No user has come with another unionid yet. If WeChat has not moved the app, "
		     "undo it\nbefore the next login, and say it once WeChat has.");
}

static int move_app(struct ctl *ctl, const char *appid, const char *platform)
{
	struct app_move move = {.appid = appid, .platform = platform};
	struct suspicion suspicion = {.appid = appid};
	enum err err = app_move_suspects(ctl->db, note_suspect, &suspicion);

	if (err == ERR_NONE)
		err = app_move(ctl->db, &move);
	if (err != ERR_NONE)
		return ctl_status(err,
			move.is_unknown ? CTL_NO_APP
					: "it is in this Open Platform account already");
	printf("App %s is in the Open Platform account %s%s.\n", appid, platform,
		move.is_undo ? " again, as before its move" : "");
	if (ctl_tell_platform(ctl, appid) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	return ctl_status(app_move_list(ctl->db, appid, print_move, &suspicion), "");
}

static int choose(struct ctl *ctl, const char *appid)
{
	struct default_app_choice choice = {.appid = appid};
	enum err err = default_app_set(ctl->db, &choice);

	return err == ERR_NONE ? ctl_tell_default_app(ctl, stdout) : ctl_status(err, CTL_NO_APP);
}

static int set_secret(struct ctl *ctl, const char *appid)
{
	char secret[ASK_APP_SECRET_MAX + 3];
	enum err err;

	if (ask_app_secret(secret) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	err = app_set_secret(ctl->db, appid, secret);
	secret_wipe(secret, sizeof(secret));
	return ctl_done(err, CTL_NO_APP, "App %s: the AppSecret is set.", appid);
}

static int set(struct ctl *ctl, const struct argument *arguments)
{
	const char *appid = arguments[APPID].text;
	const char *platform = arguments[OPEN_PLATFORM].text;
	const bool is_choice = arguments[DEFAULT].text != NULL;
	const bool is_secret = arguments[SECRET].text != NULL;
	int status = EXIT_SUCCESS;

	if (platform == NULL && !is_choice && !is_secret) {
		ctl_fail("say what to set: --open-platform NAME, --default or --secret");
		return EX_USAGE;
	}
	if (is_secret)
		status = set_secret(ctl, appid);
	if (status == EXIT_SUCCESS && platform != NULL)
		status = move_app(ctl, appid, platform);
	return status == EXIT_SUCCESS && is_choice ? choose(ctl, appid) : status;
}

static void print_row(void *ctx, const struct app_move_report *report)
{
	char since[CTL_INSTANT_SIZE];

	ctl_head(ctx);
	printf("%-20s  %s  %8d  %8d  %9d  %s, before in %s\n", report->appid,
		ctl_instant(report->since_us, since), report->n_moved, report->n_to_come,
		report->n_conflicts, report->to, report->from);
}

static int list(struct ctl *ctl, const struct argument *arguments)
{
	const char *heading =
		"APPID                 SINCE                    MOVED   TO COME  CONFLICTS  IN";

	(void)arguments;
	return ctl_end_list(app_move_list(ctl->db, NULL, print_row, &heading), &heading, "");
}

const struct command command_app_set = {
	.name = "app set",
	.arguments = "APPID [--open-platform NAME] [--default] [--secret]",
	.summary = "Moves an app to another Open Platform account, makes it the default, or sets "
		   "its AppSecret",
	.details =
		"When an app moves to another Open Platform account, WeChat gives its users\n"
		"other unionids, and their openids stay. Say so with --open-platform, once it\n"
		"has moved and not before (\"wxuserctl check\" names an app whose users come with\n"
		"other unionids; days later is no harm), and a name of your choice that no\n"
		"other account of the tenant has: who logs in through\n"
		"the app stays the same person, and gets the new unionid. The one before stays\n"
		"for the apps that are still there. \"wxuserctl app moves\" tells how far it is.\n"
		"The name of the account before undoes it.\n"
		"--default: calls that name no app are for this one. --secret: WeChat has given\n"
		"it another AppSecret, which is read from standard input, from a terminal\n"
		"without echo.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = set,
};

const struct command command_app_moves = {
	.name = "app moves",
	.arguments = "",
	.summary = "Lists apps that have moved to another Open Platform account",
	.details =
		"MOVED counts the users who have logged in since and so have their new unionid,\n"
		"TO COME those who have that of before. CONFLICTS are told by \"wxuserctl account\n"
		"conflicts\".\n"
		"Times are those of UTC+8.\n",
	.needs = NEEDS_DB,
	.run = list,
};
