#include "command.h"
#include "setting.h"

enum { TENANT, NAME, VALUE };

static int set(struct ctl *ctl, const struct argument *arguments)
{
	enum err err = setting_set(ctl->db, arguments[TENANT].number, arguments[NAME].text,
		arguments[VALUE].text);

	return ctl_status(err, "no such tenant or setting, or not a value for it; "
			       "see: wxuserctl tenant list, wxuserctl tenant settings ID");
}

const struct command command_tenant_set = {
	.name = "tenant set",
	.arguments = "ID NAME VALUE",
	.summary = "Sets what a tenant has for itself",
	.details = "\"wxuserctl tenant settings ID\" lists the names and what each may be.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = set,
};
