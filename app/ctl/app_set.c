#include "command.h"
#include "default_app.h"

enum { APPID, DEFAULT };

static int set(struct ctl *ctl, const struct argument *arguments)
{
	struct default_app_choice choice = {.appid = arguments[APPID].text};
	enum err err;

	if (arguments[DEFAULT].text == NULL) {
		ctl_fail("say what to set: --default");
		return EX_USAGE;
	}
	err = default_app_set(ctl->db, &choice);
	if (err != ERR_NONE)
		return ctl_status(err, CTL_NO_APP);
	return ctl_tell_default_app(ctl, stdout);
}

const struct command command_app_set = {
	.name = "app set",
	.arguments = "APPID [--default]",
	.summary = "Sets which app is meant by calls that name none",
	.needs = NEEDS_DB,
	.run = set,
};
