#include "arena.h"
#include "buf.h"
#include "command.h"
#include "ctl_app.h"
#include "default_app.h"
#include "listing.h"
#include "retention.h"
#include "setting.h"
#include "shown.h"
#include "str.h"
#include "suggestion.h"
#include "tenant.h"
#include "tenant_log_out.h"
#include "v1/admin_shapes.h"

enum { ADD_NAME, ADD_DEFAULT };
enum { RENAME_ID, RENAME_NAME };
enum { SET_TENANT, SET_NAME, SET_VALUE, SET_DRY_RUN };

static int add_tenant(struct ctl *ctl, const struct argument *arguments)
{
	struct default_app_choice choice = {.appid = arguments[ADD_DEFAULT].text};
	int32_t id;
	enum err err = tenant_add(ctl->db, arguments[ADD_NAME].text, &choice, &id);
	const char *reason = ctl_app_default_problem(ctl, &choice);

	if (err != ERR_NONE)
		return ctl_status(err,
			reason != NULL
				? reason
				: "a tenant of this name exists; see: wxuserctl tenant list");
	printf("%d\n", id);
	if (choice.appid == NULL)
		return EXIT_SUCCESS;
	return ctl_app_print_default(ctl, stderr);
}

static void print_tenant(const void *row)
{
	const struct admin_tenant *tenant = row;

	char since[CTL_INSTANT_SIZE];

	printf("%6d  %-19s  %s\n", tenant->id,
		tenant->disabled_us == 0 ? "-" : ctl_instant(tenant->disabled_us, since),
		shown_text(tenant->name));
}

static void show_tenant(void *ctx, const struct tenant *tenant)
{
	const struct admin_tenant shown = {
		.id = tenant->id, .name = tenant->name, .disabled_us = tenant->disabled_us};

	listing_add(ctx, &shown);
}

static int list_tenants(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = "    ID  DISABLED (UTC+8)     NAME",
		.shape = &admin_tenant_shape,
		.print = print_tenant,
	};

	(void)arguments;
	return listing_end(&listing, tenant_list(ctl->db, show_tenant, &listing), "");
}

static int rename_tenant(struct ctl *ctl, const struct argument *arguments)
{
	const struct tenant_change change = {
		.id = arguments[RENAME_ID].number, .name = arguments[RENAME_NAME].text};
	struct tenant tenant;
	const char *before = NULL;
	enum err err = tenant_change(ctl->db, &change, &tenant, &before);

	if (err == ERR_ABSENT)
		return ctl_status(ERR_PARAMETER, CTL_NO_TENANT);
	return ctl_done(err, "the name is blank, or another tenant has it; see: wxuserctl tenant "
			     "list",
		"Tenant %d: %s is now %s.", change.id, shown_text(before),
		change.name);
}

static int switch_tenant(struct ctl *ctl, int32_t id, bool is_disabled)
{
	const struct tenant_change change = {
		.id = id, .sets_disabled = true, .is_disabled = is_disabled};
	struct tenant tenant;
	const char *before = NULL;
	enum err err = tenant_change(ctl->db, &change, &tenant, &before);

	if (err == ERR_ABSENT)
		return ctl_status(ERR_PARAMETER, CTL_NO_TENANT);
	return ctl_done(err, "", "Tenant %d: %s is %s.", id, shown_text(before),
		is_disabled ? "disabled" : "enabled");
}

static int disable_tenant(struct ctl *ctl, const struct argument *arguments)
{
	return switch_tenant(ctl, arguments[0].number, true);
}

static int enable_tenant(struct ctl *ctl, const struct argument *arguments)
{
	return switch_tenant(ctl, arguments[0].number, false);
}

static int log_out_tenant(struct ctl *ctl, const struct argument *arguments)
{
	const int32_t id = arguments[0].number;
	int64_t n;
	enum err err = tenant_log_out(ctl->db, id, &n);

	if (err == ERR_ABSENT)
		return ctl_status(ERR_PARAMETER, CTL_NO_TENANT);
	return ctl_done(err, "", "Tenant %d: all persons are logged out; tokens ended: %lld.", id,
		(long long)n);
}

/* A search for the setting of the name that was typed. */
struct setting_search {
	struct suggestion near;
	const char *values; /* the values that it may have; NULL: there is no such setting */
};

static void search_setting(void *ctx, const struct setting *setting)
{
	struct setting_search *search = ctx;

	if (strcmp(setting->name, search->near.typed) == 0)
		search->values = setting->values;
	suggestion_try(&search->near, setting->name);
}

static int refuse_setting(struct ctl *ctl, int32_t tenant_id, const char *name)
{
	struct setting_search search = {.near = {.typed = name}};
	enum err err = setting_list(ctl->db, tenant_id, search_setting, &search);

	if (err != ERR_NONE)
		return ctl_status(err, CTL_NO_TENANT);
	if (search.values != NULL)
		return ctl_fail_usage("%s must be %s", name, search.values);
	return ctl_fail_usage("there is no setting %s%s; see: wxuserctl tenant settings %d", name,
		suggestion_ask(&search.near, ctl->arena), tenant_id);
}

/* What a setting of retention would remove; other settings remove nothing. */
static enum err print_preview(
	struct ctl *ctl, int32_t tenant_id, const char *name, const char *value)
{
	struct retention_preview preview = {0};
	int32_t days;
	enum err err;

	if (!retention_has(name) || !str_parse_int32(value, &days))
		return ERR_NONE;
	do
		err = retention_look(ctl->db, tenant_id, name, days, &preview);
	while (err == ERR_NONE && preview.place != 0);
	if (err == ERR_NONE && days > 0)
		printf("Of %lld %s, %lld are that old; the job removes at most %lld of them a "
		       "day.\n",
			(long long)preview.n_stored, preview.rows, (long long)preview.n_old,
			(long long)preview.n_most);
	return err;
}

static int set_tenant(struct ctl *ctl, const struct argument *arguments)
{
	const int32_t tenant_id = arguments[SET_TENANT].number;
	const char *name = arguments[SET_NAME].text, *value = arguments[SET_VALUE].text;
	enum err err = setting_check(ctl->db, tenant_id, name, value);

	if (err == ERR_NONE)
		err = print_preview(ctl, tenant_id, name, value);
	if (err == ERR_NONE && arguments[SET_DRY_RUN].text != NULL)
		return EXIT_SUCCESS;
	if (err == ERR_NONE)
		err = setting_set(ctl->db, tenant_id, name, value);

	if (err == ERR_PARAMETER)
		return refuse_setting(ctl, tenant_id, name);
	return ctl_done(err, "", "Tenant %d: %s is %s.", tenant_id, name, value);
}

static void print_setting(const void *row)
{
	const struct setting *setting = row;

	printf("%-28s %-14s %-14s %s\n", setting->name, setting->value, setting->values,
		setting->meaning);
}

static void show_setting(void *ctx, const struct setting *setting)
{
	listing_add(ctx, setting);
}

static int list_settings(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = "NAME                         VALUE          MAY BE         MEANING",
		.shape = &admin_setting_shape,
		.print = print_setting,
	};
	const int32_t tenant_id = arguments[0].number;
	enum err err = tenant_check(ctl->db, tenant_id);

	if (err != ERR_NONE)
		return ctl_status(err, CTL_NO_TENANT);
	return listing_end(&listing, setting_list(ctl->db, tenant_id, show_setting, &listing),
		CTL_NO_TENANT);
}

/* NAME of a setting. */
static const char *setting_words(struct arena *arena, int place)
{
	struct buf words = {.arena = arena};
	struct setting setting;

	if (place != SET_NAME)
		return NULL;
	for (size_t i = 0; setting_at(arena, i, &setting); i++)
		buf_printf(&words, "%s%s", i == 0 ? "" : " ", setting.name);
	return words.data;
}

/* ---- The commands. */

const struct command command_tenant_add = {
	.name = "tenant add",
	.arguments = "NAME [--default APPID]",
	.summary = "Adds a tenant, which has its own users, and prints its number",
	.details = CTL_APP_DEFAULT,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = add_tenant,
};

const struct command command_tenant_list = {
	.name = "tenant list",
	.arguments = "",
	.summary = "Lists the tenants",
	.has_json = true,
	.needs = NEEDS_DB,
	.run = list_tenants,
};

const struct command command_tenant_rename = {
	.name = "tenant rename",
	.arguments = "ID NAME",
	.summary = "Gives a tenant another name",
	.details = "Only lists show the name; requests and settings know the tenant by its "
		   "number.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = rename_tenant,
};

const struct command command_tenant_disable = {
	.name = "tenant disable",
	.arguments = "ID",
	.summary = "Refuses all requests of a tenant until it is enabled",
	.details =
		"Within a second, on all hosts, its API keys, access tokens, logins and sessions\n"
		"of the Admin API are refused; nothing of it is deleted, and none of them is\n"
		"revoked. Events of WeChat are still taken, since people withdraw by them what\n"
		"they have given, and jobs go on: erasures that are due are done.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = disable_tenant,
};

const struct command command_tenant_enable = {
	.name = "tenant enable",
	.arguments = "ID",
	.summary = "Serves a disabled tenant again",
	.details = "Within a second, on all hosts. Keys and tokens that are still valid count.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = enable_tenant,
};

const struct command command_tenant_logout_everywhere = {
	.name = "tenant logout-everywhere",
	.arguments = "ID",
	.summary = "Ends the logins of all persons of a tenant",
	.details = "All of its access tokens end at once, on all hosts; everybody logs in again.\n"
		   "API keys and sessions of the Admin API go on.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = log_out_tenant,
};

const struct command command_tenant_set = {
	.name = "tenant set",
	.arguments = "ID NAME VALUE [--dry-run]",
	.words = setting_words,
	.summary = "Changes a setting of a tenant",
	.details = "\"wxuserctl tenant settings ID\" lists the names and the values that each may\n"
		   "have. The value holds at once on this host, within five seconds on the\n"
		   "others. For a setting retain_..., it first prints how many rows are that old;\n"
		   "--dry-run prints that and changes nothing.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = set_tenant,
};

const struct command command_tenant_settings = {
	.name = "tenant settings",
	.arguments = "ID",
	.summary = "Lists a tenant's settings",
	.has_json = true,
	.needs = NEEDS_DB,
	.run = list_settings,
};
