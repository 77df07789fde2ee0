#include "command.h"
#include "tenant.h"

enum { NAME };

static int add(struct ctl *ctl, const struct argument *arguments)
{
	int32_t id;
	enum err err = tenant_add(ctl->db, arguments[NAME].text, &id);

	if (err != ERR_NONE)
		return ctl_status(err, "a tenant of this name exists; see: wxuserctl tenant list");
	printf("%d\n", id);
	return EXIT_SUCCESS;
}

const struct command command_tenant_add = {
	.name = "tenant add",
	.arguments = "NAME",
	.summary = "Adds a tenant, an organisation of its own; prints its number",
	.needs = NEEDS_DB,
	.run = add,
};
