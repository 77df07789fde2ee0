#include "command.h"
#include "setting.h"

enum { TENANT, NAME, VALUE };

static int set(struct ctl *ctl, const struct argument *arguments)
{
	enum err err = setting_set(ctl->db, arguments[TENANT].number, arguments[NAME].text,
		arguments[VALUE].text);

	if (err != ERR_NONE)
		return ctl_fail_db(err,
			"no such tenant or setting, or not a value for it; "
			"see: wxuserctl tenant list, wxuserctl tenant settings ID");
	return EXIT_SUCCESS;
}

const struct command command_tenant_set = {
	.name = "tenant set",
	.arguments = "ID NAME VALUE",
	.summary = "Sets what a tenant has for itself",
	.details = "\"wxuserctl tenant settings ID\" lists the names and what each may be.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = set,
};
