#include "app.h"
#include "command.h"

static const char *const kind_names[] = {
	[APP_MINI] = "mini",
	[APP_OFFICIAL] = "official",
	[APP_MOBILE] = "mobile",
	[APP_WEB] = "web",
};

static void print_row(void *ctx, const struct app *app)
{
	ctl_head(ctx);
	printf("%6d  %6d  %-8s  %-20s  %s\n", app->id, app->tenant_id, kind_names[app->kind],
		app->appid, app->open_platform);
}

static int list(struct ctl *ctl, const struct argument *arguments)
{
	const char *heading = "    ID  TENANT  KIND      APPID                 OPEN PLATFORM";

	(void)arguments;
	return ctl_end_list(app_list(ctl->db, print_row, &heading), &heading, "");
}

const struct command command_app_list = {
	.name = "app list",
	.arguments = "",
	.summary = "Lists the apps, without their secrets",
	.details = "OPEN PLATFORM is the account's name, as --open-platform takes it.\n",
	.needs = NEEDS_DB,
	.run = list,
};
