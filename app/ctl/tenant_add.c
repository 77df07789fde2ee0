#include "app.h"
#include "command.h"
#include "tenant.h"

enum { NAME, DEFAULT };

static int add(struct ctl *ctl, const struct argument *arguments)
{
	struct default_app_choice choice = {.appid = arguments[DEFAULT].text};
	int32_t id;
	enum err err = tenant_add(ctl->db, arguments[NAME].text, &choice, &id);
	const char *refusal = ctl_default_app_refusal(ctl, &choice);

	if (err != ERR_NONE)
		return ctl_status(err,
			refusal != NULL
				? refusal
				: "a tenant of this name exists; see: wxuserctl tenant list");
	printf("%d\n", id);
	return choice.appid == NULL ? EXIT_SUCCESS : ctl_tell_default_app(ctl, stderr);
}

const struct command command_tenant_add = {
	.name = "tenant add",
	.arguments = "NAME [--default APPID]",
	.summary = "Adds a tenant, an organisation of its own; prints its number",
	.details = CTL_DEFAULT_APP,
	.needs = NEEDS_DB,
	.run = add,
};
