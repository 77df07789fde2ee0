#include "arena.h"
#include "command.h"
#include "setting.h"
#include "suggestion.h"

enum { TENANT, NAME, VALUE };

/* What there is of the name that was typed. */
struct search {
	struct suggestion near;
	const char *values; /* what it may be; NULL: there is no such name */
};

static void look_at(void *ctx, const struct setting *setting)
{
	struct search *search = ctx;

	if (strcmp(setting->name, search->near.typed) == 0)
		search->values = setting->values;
	suggestion_try(&search->near, setting->name);
}

static int refuse(struct ctl *ctl, int32_t tenant_id, const char *name)
{
	struct search search = {.near = {.typed = name}};
	enum err err = setting_list(ctl->db, tenant_id, look_at, &search);

	if (err != ERR_NONE)
		return ctl_status(err, CTL_NO_TENANT);
	if (search.values != NULL)
		return ctl_fail("%s must be %s", name, search.values);
	return ctl_fail("there is no setting %s%s; see: wxuserctl tenant settings %d", name,
		suggestion_ask(&search.near, ctl->arena), tenant_id);
}

static int set(struct ctl *ctl, const struct argument *arguments)
{
	const int32_t tenant_id = arguments[TENANT].number;
	const char *name = arguments[NAME].text;
	enum err err = setting_set(ctl->db, tenant_id, name, arguments[VALUE].text);

	if (err == ERR_PARAMETER)
		return refuse(ctl, tenant_id, name);
	return ctl_done(err, "", "Tenant %d: %s is %s.", tenant_id, name, arguments[VALUE].text);
}

const struct command command_tenant_set = {
	.name = "tenant set",
	.arguments = "ID NAME VALUE",
	.summary = "Sets what a tenant has for itself",
	.details = "\"wxuserctl tenant settings ID\" lists the names and what each may be.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = set,
};
