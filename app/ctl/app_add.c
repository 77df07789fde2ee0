#include "app.h"
#include "ask.h"
#include "command.h"
#include "db.h"
#include "secret.h"
#include "str.h"
#include "tenant.h"

#define USUAL_SIZE 18

enum { TENANT, KIND, APPID, OPEN_PLATFORM, DEFAULT };

_Static_assert(APP_MINI == 0 && APP_OFFICIAL == 1 && APP_MOBILE == 2 && APP_WEB == 3,
	"the places of --kind's words");

/* Others are taken too. */
static bool is_usual(const char *appid)
{
	return str_starts_with(appid, "wx") && strlen(appid) == USUAL_SIZE &&
		strspn(appid + 2, "0123456789abcdef") == USUAL_SIZE - 2;
}

static const char *refusal_of(struct ctl *ctl, const struct app *app,
	const struct default_app_choice *choice)
{
	const char *of_choice = ctl_default_app_refusal(ctl, choice);
	struct app other;

	if (!str_is_openid(app->appid))
		return "--appid: this is none; it is wx and 16 digits or letters from a to f";
	if (app_find(ctl->db, app->appid, &other) == 1)
		return "this app exists; see: wxuserctl app list";
	if (tenant_check(ctl->db, app->tenant_id) == ERR_PARAMETER)
		return CTL_NO_TENANT;
	return of_choice != NULL ? of_choice : "--open-platform: too long";
}

static int add(struct ctl *ctl, const struct argument *arguments)
{
	char secret[ASK_APP_SECRET_MAX + 3];
	const char *platform = arguments[OPEN_PLATFORM].text;
	const struct app app = {
		.tenant_id = arguments[TENANT].number,
		.appid = arguments[APPID].text,
		.kind = (enum app_kind)arguments[KIND].number,
		.secret = secret,
	};
	struct default_app_choice choice = {.appid = arguments[DEFAULT].text};
	enum err err;

	if (ask_app_secret(secret) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	err = app_add(ctl->db, &app, platform == NULL ? "" : platform, &choice);
	secret_wipe(secret, sizeof(secret));
	if (err != ERR_NONE)
		return ctl_status(err, err == ERR_PARAMETER ? refusal_of(ctl, &app, &choice) : "");
	if (!is_usual(app.appid))
		fprintf(stderr, "wxuserctl: note: %s is taken as it is, but an appid is wx and "
				"%d digits or letters from a to f\n", app.appid, USUAL_SIZE - 2);
	printf("Added app %s of tenant %d.\n", app.appid, app.tenant_id);
	if (platform != NULL && ctl_tell_platform(ctl, app.appid) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	return ctl_tell_default_app(ctl, stdout);
}

const struct command command_app_add = {
	.name = "app add",
	.arguments = "--tenant ID --kind mini|official|mobile|web --appid APPID "
		     "[--open-platform NAME] [--default APPID]",
	.summary = "Adds a WeChat app of a tenant",
	.details = "The AppSecret is read from standard input, from a terminal without echo;\n"
		   "it is stored sealed. The apps of one Open Platform account share unionids:\n"
		   "give them one name, of your choice, as --open-platform.\n" CTL_DEFAULT_APP,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = add,
};
