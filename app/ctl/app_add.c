#include "app.h"
#include "ask.h"
#include "command.h"
#include "secret.h"

#define SECRET_MAX 128

enum { TENANT, KIND, APPID, OPEN_PLATFORM };

_Static_assert(APP_MINI == 0 && APP_OFFICIAL == 1 && APP_MOBILE == 2 && APP_WEB == 3,
	"the places of --kind's words");

static bool is_secret(const char *text)
{
	size_t size = strlen(text);

	for (const char *c = text; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return size > 0 && size <= SECRET_MAX;
}

static int add(struct ctl *ctl, const struct argument *arguments)
{
	char secret[SECRET_MAX + 3];
	const char *platform = arguments[OPEN_PLATFORM].text;
	const struct app app = {
		.tenant_id = arguments[TENANT].number,
		.appid = arguments[APPID].text,
		.kind = (enum app_kind)arguments[KIND].number,
		.secret = secret,
	};
	enum err err;

	if (!ask_secret("AppSecret", secret, sizeof(secret)) || !is_secret(secret))
		return ctl_fail("standard input must hold the AppSecret: a line of 1 to %d "
				"letters, digits or signs",
			SECRET_MAX);
	err = app_add(ctl->db, &app, platform == NULL ? "" : platform);
	secret_wipe(secret, sizeof(secret));
	return ctl_status(err, "this appid exists or is none, or there is no such tenant; "
			       "see: wxuserctl app list, wxuserctl tenant list");
}

const struct command command_app_add = {
	.name = "app add",
	.arguments = "--tenant ID --kind mini|official|mobile|web --appid APPID "
		     "[--open-platform NAME]",
	.summary = "Adds a WeChat app of a tenant",
	.details = "The AppSecret is read from standard input, from a terminal without echo;\n"
		   "it is stored sealed. The apps of one Open Platform account share unionids:\n"
		   "give them one name, of your choice, as --open-platform.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = add,
};
