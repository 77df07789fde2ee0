#include "command.h"
#include "setting.h"

enum { TENANT };

static void print_row(void *ctx, const struct setting *setting)
{
	(void)ctx;
	printf("%-28s %-14s %-14s %s\n", setting->name, setting->value, setting->values,
		setting->meaning);
}

static int list(struct ctl *ctl, const struct argument *arguments)
{
	enum err err;

	puts("NAME                         VALUE          MAY BE         MEANING");
	err = setting_list(ctl->db, arguments[TENANT].number, print_row, NULL);
	if (err != ERR_NONE)
		return ctl_fail_db(err, CTL_NO_TENANT);
	return EXIT_SUCCESS;
}

const struct command command_tenant_settings = {
	.name = "tenant settings",
	.arguments = "ID",
	.summary = "Lists a tenant's settings",
	.needs = NEEDS_DB,
	.run = list,
};
