#include "command.h"
#include "tenant.h"

static void print_row(void *ctx, int32_t id, const char *name)
{
	(void)ctx;
	printf("%6d  %s\n", id, name);
}

static int list(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	puts("    ID  NAME");
	return ctl_status(tenant_list(ctl->db, print_row, NULL), "");
}

const struct command command_tenant_list = {
	.name = "tenant list",
	.arguments = "",
	.summary = "Lists the tenants",
	.needs = NEEDS_DB,
	.run = list,
};
