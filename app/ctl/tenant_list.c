#include "command.h"
#include "tenant.h"

static void print_row(void *ctx, int32_t id, const char *name)
{
	ctl_head(ctx);
	printf("%6d  %s\n", id, name);
}

static int list(struct ctl *ctl, const struct argument *arguments)
{
	const char *heading = "    ID  NAME";

	(void)arguments;
	return ctl_end_list(tenant_list(ctl->db, print_row, &heading), &heading, "");
}

const struct command command_tenant_list = {
	.name = "tenant list",
	.arguments = "",
	.summary = "Lists the tenants",
	.needs = NEEDS_DB,
	.run = list,
};
