#include <stdbool.h>
#include <string.h>

#include "app.h"
#include "app_kind.h"
#include "app_move.h"
#include "app_push.h"
#include "ask.h"
#include "command.h"
#include "crypto.h"
#include "ctl_app.h"
#include "db.h"
#include "default_app.h"
#include "listing.h"
#include "shown.h"
#include "str.h"
#include "tenant.h"
#include "v1/admin_shapes.h"
#include "wechat_push.h"

enum { ADD_TENANT, ADD_KIND, ADD_APPID, ADD_OPEN_PLATFORM, ADD_DEFAULT };
enum { SET_APPID, SET_OPEN_PLATFORM, SET_DEFAULT };
enum { PUSH_APPID, PUSH_DROP_PREVIOUS };

#define USUAL_APPID_SIZE 18

_Static_assert(APP_MINI == 0 && APP_OFFICIAL == 1 && APP_MOBILE == 2 && APP_WEB == 3,
	"the places of --kind's words");

/* ---- app add, list. */

/* Other appids are accepted, too. */
static bool is_usual_appid(const char *appid)
{
	return str_starts_with(appid, "wx") && strlen(appid) == USUAL_APPID_SIZE &&
		strspn(appid + 2, "0123456789abcdef") == USUAL_APPID_SIZE - 2;
}

static const char *reason_against_app(
	struct ctl *ctl, const struct app *app, const struct default_app_choice *choice)
{
	const char *of_choice = ctl_app_default_problem(ctl, choice);
	struct app other;

	if (app_find(ctl->db, app->appid, &other) == ERR_NONE)
		return "this app exists; see: wxuserctl app list";
	if (tenant_check(ctl->db, app->tenant_id) == ERR_PARAMETER)
		return CTL_NO_TENANT;
	return of_choice != NULL ? of_choice : "--open-platform: too long";
}

static int add_app(struct ctl *ctl, const struct argument *arguments)
{
	char secret[ASK_APP_SECRET_MAX + 3];
	const char *platform = arguments[ADD_OPEN_PLATFORM].text;
	const struct app app = {
		.tenant_id = arguments[ADD_TENANT].number,
		.appid = arguments[ADD_APPID].text,
		.kind = (enum app_kind)arguments[ADD_KIND].number,
		.secret = secret,
	};
	struct default_app_choice choice = {.appid = arguments[ADD_DEFAULT].text};
	enum err err;

	if (!str_is_openid(app.appid))
		return ctl_fail_usage("--appid: this is none; it is wx and 16 digits or letters "
				      "from a to f");
	if (ask_app_secret(secret) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	err = app_add(ctl->db, &app, platform == NULL ? "" : platform, &choice);
	crypto_wipe(secret, sizeof(secret));
	if (err != ERR_NONE)
		return ctl_status(
			err, err == ERR_PARAMETER ? reason_against_app(ctl, &app, &choice) : "");
	if (!is_usual_appid(app.appid))
		fprintf(stderr,
			"wxuserctl: note: %s is taken as it is, but an appid is wx and "
			"%d digits or letters from a to f\n",
			app.appid, USUAL_APPID_SIZE - 2);
	printf("Added app %s of tenant %d.\n", app.appid, app.tenant_id);
	if (platform != NULL && ctl_app_print_platform(ctl, app.appid) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	return ctl_app_print_default(ctl, stdout);
}

static const char *or_null(const char *text)
{
	return str_is_empty(text) ? NULL : text;
}

struct app_print {
	struct listing listing;
	struct default_app preset;
};

static void print_app(const void *row)
{
	const struct admin_app *app = row;

	printf("%6d  %6d  %-8s  %-20s  %-7s  %s\n", app->id, app->tenant_id, app->kind,
		app->appid, app->is_default ? "yes" : "-",
		app->open_platform == NULL ? "" : shown_text(app->open_platform));
}

static void show_app(void *ctx, const struct app *app)
{
	struct app_print *print = ctx;
	const struct admin_app shown = {
		.id = app->id,
		.tenant_id = app->tenant_id,
		.appid = app->appid,
		.kind = app_kind_name(app->kind),
		.open_platform = or_null(app->open_platform),
		.is_default = print->preset.source != DEFAULT_APP_NONE &&
			strcmp(print->preset.appid, app->appid) == 0,
	};

	listing_add(&print->listing, &shown);
}

static int list_apps(struct ctl *ctl, const struct argument *arguments)
{
	struct app_print print = {
		.listing = {
			.ctl = ctl,
			.heading = "    ID  TENANT  KIND      APPID                 DEFAULT  "
				   "OPEN PLATFORM",
			.shape = &admin_app_shape,
			.print = print_app,
		},
	};
	enum err err = default_app_find(ctl->db, &print.preset);

	(void)arguments;
	if (err == ERR_NONE)
		err = app_list(ctl->db, show_app, &print);
	return listing_end(&print.listing, err, "");
}

/* ---- app set, moves. */

static void print_last_move(void *ctx, const struct app_move_report *report)
{
	const int32_t *n_users = ctx;

	printf("Its users get their new unionids when they next log in: %d have, %d have not.\n"
	       "Look at it by: wxuserctl app moves\n"
	       "To undo it: wxuserctl app set %s --open-platform '%s'\n",
		report->n_moved, report->n_to_come, report->appid, report->from);
	if (*n_users == 0)
		puts("No user has come with another unionid yet. If WeChat has not moved the app, "
		     "undo it\nbefore the next login, and run this again once WeChat has.");
}

static int move_app(struct ctl *ctl, const char *appid, const char *platform)
{
	struct app_move move = {.appid = appid, .platform = platform};
	struct app app;
	int32_t n_users;
	enum err err = app_find(ctl->db, appid, &app);

	if (err == ERR_APP_UNKNOWN)
		return ctl_status(ERR_PARAMETER, CTL_NO_APP);
	if (err == ERR_NONE)
		err = app_move_count_suspicious(ctl->db, app.tenant_id, appid, &n_users);
	if (err == ERR_NONE)
		err = app_move(ctl->db, &move);
	if (err != ERR_NONE)
		return ctl_status(err,
			move.is_unknown ? CTL_NO_APP
					: "it is in this Open Platform account already");
	printf("App %s is in the Open Platform account %s%s.\n", appid, platform,
		move.is_undo ? " again, as before its move" : "");
	if (ctl_app_print_platform(ctl, appid) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	return ctl_status(app_move_list(ctl->db, appid, print_last_move, &n_users), "");
}

static int choose_default(struct ctl *ctl, const char *appid)
{
	struct default_app_choice choice = {.appid = appid};
	enum err err = default_app_set(ctl->db, &choice);

	return err == ERR_NONE ? ctl_app_print_default(ctl, stdout) : ctl_status(err, CTL_NO_APP);
}

static int set_app(struct ctl *ctl, const struct argument *arguments)
{
	const char *appid = arguments[SET_APPID].text;
	const char *platform = arguments[SET_OPEN_PLATFORM].text;
	const bool is_choice = arguments[SET_DEFAULT].text != NULL;
	int status = EXIT_SUCCESS;

	if (platform == NULL && !is_choice) {
		return ctl_fail_usage("say what to set: --open-platform NAME or --default");
	}
	if (platform != NULL)
		status = move_app(ctl, appid, platform);
	return status == EXIT_SUCCESS && is_choice ? choose_default(ctl, appid) : status;
}

static void print_move(const void *row)
{
	const struct app_move_report *report = row;
	char since[CTL_INSTANT_SIZE];

	printf("%-20s  %s  %8d  %8d  %9d  %s, before in %s\n", report->appid,
		ctl_instant(report->since_us, since), report->n_moved, report->n_to_come,
		report->n_conflicts, shown_text(report->to), shown_text(report->from));
}

static void show_move(void *ctx, const struct app_move_report *report)
{
	listing_add(ctx, report);
}

static int list_moves(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = "APPID                 SINCE (UTC+8)            MOVED   TO COME  "
			   "CONFLICTS  IN",
		.shape = &admin_move_shape,
		.print = print_move,
	};

	(void)arguments;
	return listing_end(&listing, app_move_list(ctl->db, NULL, show_move, &listing), "");
}

/* Longer than any valid value, so that one that is too long is refused and not cut. */
#define PUSH_LINE_SIZE 128

/* ---- app set-push. */

static const char *push_outcome(const char *change, const char *stored)
{
	if (change != NULL)
		return "set";
	return str_is_empty(stored) ? "not set" : "kept";
}

/* Why db/ refused the change. */
static const char *reason_against_push(const struct app_push_change *change)
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
	char token[PUSH_LINE_SIZE] = "", key[PUSH_LINE_SIZE] = "";
	struct app_push_change change = {
		.appid = arguments[PUSH_APPID].text,
		.drops_previous = arguments[PUSH_DROP_PREVIOUS].text != NULL,
	};
	struct app_push push = {0};
	const char *reason;
	enum err err;

	if (!ask_secret("Token, or nothing to keep it", token, sizeof(token)) &&
		!change.drops_previous)
		return ctl_fail("standard input must hold the Token, in a line");
	ask_secret("EncodingAESKey, or nothing to keep it", key, sizeof(key));
	change.token = or_null(token);
	change.key = or_null(key);
	err = app_push_set(ctl->db, &change);
	if (err == ERR_NONE)
		err = app_push_find(ctl->db, change.appid, &push);
	reason = reason_against_push(&change);
	crypto_wipe(token, sizeof(token));
	crypto_wipe(key, sizeof(key));
	return ctl_done(err, reason, "App %s: the Token is %s, the EncodingAESKey is %s%s.",
		change.appid, push_outcome(change.token, push.token),
		push_outcome(change.key, push.key),
		change.drops_previous ? ", the key before is dropped" : "");
}

/* ---- The commands. */

const struct command command_app_add = {
	.name = "app add",
	.arguments = "--tenant ID --kind mini|official|mobile|web --appid APPID "
		     "[--open-platform NAME] [--default APPID]",
	.summary = "Adds a WeChat app of a tenant",
	.details = "The AppSecret is read from standard input, from a terminal without echo, and\n"
		   "is stored sealed. The apps of one Open Platform account share unionids: give\n"
		   "them the same name, of your choice, as --open-platform.\n" CTL_APP_DEFAULT,
	.reads = "the AppSecret is read from standard input",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = add_app,
};

const struct command command_app_list = {
	.name = "app list",
	.arguments = "",
	.summary = "Lists the apps, without their secrets",
	.has_json = true,
	.details =
		"DEFAULT marks the app that calls are for which name none. OPEN PLATFORM is the\n"
		"account's name, as --open-platform takes it.\n",
	.needs = NEEDS_DB,
	.run = list_apps,
};

const struct command command_app_set = {
	.name = "app set",
	.arguments = "APPID [--open-platform NAME] [--default]",
	.summary = "Moves an app to another Open Platform account, or makes it the default",
	.details =
		"--open-platform: If an app moves to another Open Platform account, WeChat\n"
		"gives its users other unionids; their openids stay. Run the command after the\n"
		"move and not before; days later does no harm (\"wxuserctl check\" names an app\n"
		"whose users come with other unionids). NAME is of your choice, and no other\n"
		"account of the tenant has it. Whoever logs in through the app stays the same\n"
		"person and gets the new unionid. The old one stays valid for the apps that are\n"
		"still there. \"wxuserctl app moves\" shows the progress. The name of the old\n"
		"account undoes the move.\n"
		"--default: Calls that name no app are for this one.\n"
		"A change holds at once on this host, within five seconds on the others.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = set_app,
};

const struct command command_app_moves = {
	.name = "app moves",
	.arguments = "",
	.summary = "Lists apps that have moved to another Open Platform account",
	.has_json = true,
	.details =
		"MOVED counts the users who have logged in since the move and so have their new\n"
		"unionid, TO COME those who still have the old one. \"wxuserctl account\n"
		"conflicts\" lists the CONFLICTS. Times are in UTC+8.\n",
	.needs = NEEDS_DB,
	.run = list_moves,
};

const struct command command_app_set_push = {
	.name = "app set-push",
	.arguments = "APPID [--drop-previous]",
	.summary = "Sets the Token and the key of an app's message push",
	.details =
		"Standard input holds the Token and, if messages come encrypted, the\n"
		"EncodingAESKey, each on a line; an empty line keeps the present value. After a\n"
		"new key the old one remains valid until --drop-previous, which needs no line, or\n"
		"the next change.\n"
		"WeChat sends to https://HOST/wechat/push/APPID. Only encrypted messages make\n"
		"wxuser erase anything. A change holds at once on this host, within five seconds\n"
		"on the others.\n",
	.reads = "the Token and the EncodingAESKey are read from standard input",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = set_push,
};
