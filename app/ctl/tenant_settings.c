#include "command.h"
#include "setting.h"
#include "tenant.h"

enum { TENANT };

static void print_row(void *ctx, const struct setting *setting)
{
	ctl_head(ctx);
	printf("%-28s %-14s %-14s %s\n", setting->name, setting->value, setting->values,
		setting->meaning);
}

static int list(struct ctl *ctl, const struct argument *arguments)
{
	const char *heading = "NAME                         VALUE          MAY BE         MEANING";
	const int32_t tenant_id = arguments[TENANT].number;
	enum err err = tenant_check(ctl->db, tenant_id);

	if (err != ERR_NONE)
		return ctl_status(err, CTL_NO_TENANT);
	return ctl_end_list(setting_list(ctl->db, tenant_id, print_row, &heading), &heading,
		CTL_NO_TENANT);
}

const struct command command_tenant_settings = {
	.name = "tenant settings",
	.arguments = "ID",
	.summary = "Lists a tenant's settings",
	.needs = NEEDS_DB,
	.run = list,
};
