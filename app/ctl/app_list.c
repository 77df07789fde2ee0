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
	(void)ctx;
	printf("%6d  %6d  %-8s  %8d  %s\n", app->id, app->tenant_id, kind_names[app->kind],
		app->open_platform_id, app->appid);
}

static int list(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	puts("    ID  TENANT  KIND      PLATFORM  APPID");
	return ctl_status(app_list(ctl->db, print_row, NULL), "");
}

const struct command command_app_list = {
	.name = "app list",
	.arguments = "",
	.summary = "Lists the apps, without their secrets",
	.details = "PLATFORM is the number of the Open Platform account, 0 for none.\n",
	.needs = NEEDS_DB,
	.run = list,
};
