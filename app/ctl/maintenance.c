#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <unistd.h>

#include "arena.h"
#include "command.h"
#include "conf.h"
#include "listing.h"
#include "maintenance.h"
#include "str.h"
#include "v1/admin_shapes.h"

enum { EVERYWHERE };

static const char *on_or_off(bool is_on)
{
	return is_on ? "on" : "off";
}

static const char *operator_name(struct arena *arena)
{
	const struct passwd *user = getpwuid(getuid());
	const char *name = getenv("SUDO_USER");
	char host[HOST_NAME_MAX + 1] = "";

	gethostname(host, sizeof(host) - 1);
	if (str_is_empty(name))
		name = user == NULL ? "somebody" : user->pw_name;
	return arena_printf(arena, "%.32s@%s", name, host);
}

/* It is needed most when the keys are wrong or the schema is old. */
static int set_without_entry(struct ctl *ctl, bool is_on, const char *by)
{
	const enum err err = maintenance_set_alone(ctl->db, is_on, by);

	if (err == ERR_NONE)
		ctl_fail("warning: the audit has no entry of this (see above)");
	return ctl_done(err, "", "Maintenance everywhere: %s.", on_or_off(is_on));
}

static int set_everywhere(struct ctl *ctl, bool is_on, bool has_login)
{
	const char *by = operator_name(ctl->arena);

	if (!has_login || ctl_open_as_service(ctl) != 0) {
		ctl_open_without_keys(ctl);
		return set_without_entry(ctl, is_on, by);
	}
	if (maintenance_set(ctl->db, is_on, by) != ERR_NONE)
		return set_without_entry(ctl, is_on, by);
	printf("Maintenance everywhere: %s.\n", on_or_off(is_on));
	return EXIT_SUCCESS;
}

/* The flag works without the database; its entry is written if there is one that can be used. */
static int set_here(struct ctl *ctl, bool is_on, bool has_login)
{
	const bool changes = maintenance_is_on_here(ctl->conf) != is_on;

	if (maintenance_set_here(ctl->conf, is_on) < 0)
		return ctl_fail(
			"%s/maintenance: %s; be root, or the owner of server.state_directory",
			ctl->conf->server_state_directory, strerror(errno));
	printf("Maintenance on this host: %s.\n", on_or_off(is_on));
	fflush(stdout);
	ctl_warn_of_fault(ctl);
	if (changes && (!has_login || ctl_open_as_service(ctl) != 0 ||
			       maintenance_note_here(ctl->db, is_on) != ERR_NONE))
		ctl_fail("warning: the audit has no entry of this (see above)");
	return EXIT_SUCCESS;
}

static int set_maintenance(struct ctl *ctl, const struct argument *arguments, bool is_on)
{
	/* Who runs this may read the password, not the service. */
	const bool has_login =
		ctl->conf_fault == NULL && ctl_log_in(ctl, DB_USER_CONTROL) == 0;

	if (arguments[EVERYWHERE].text != NULL && ctl->conf_fault != NULL)
		return ctl_fail("%s", ctl->conf_fault);
	if (ctl_become_service(ctl) != 0)
		return EXIT_FAILURE;
	if (arguments[EVERYWHERE].text != NULL)
		return set_everywhere(ctl, is_on, has_login);
	return set_here(ctl, is_on, has_login);
}

static int turn_maintenance_on(struct ctl *ctl, const struct argument *arguments)
{
	return set_maintenance(ctl, arguments, true);
}

static int turn_maintenance_off(struct ctl *ctl, const struct argument *arguments)
{
	return set_maintenance(ctl, arguments, false);
}

static int show_maintenance_json(struct ctl *ctl)
{
	struct admin_maintenance shown = {.is_on_here = maintenance_is_on_here(ctl->conf)};
	struct maintenance everywhere;
	enum err err;

	if (ctl->conf_fault != NULL)
		return ctl_fail("%s", ctl->conf_fault);
	err = maintenance_find(ctl->db, &everywhere);
	if (err != ERR_NONE)
		return ctl_status(err, "");
	shown.is_on_everywhere = everywhere.is_on;
	shown.changed_us = everywhere.changed_us;
	shown.changed_by = everywhere.changed_by;
	listing_object(ctl, &admin_maintenance_shape, &shown);
	return EXIT_SUCCESS;
}

static int print_maintenance(struct ctl *ctl, const struct argument *arguments)
{
	struct maintenance everywhere;
	char changed[CTL_INSTANT_SIZE];
	enum err err;

	(void)arguments;
	if (ctl->is_json)
		return show_maintenance_json(ctl);
	printf("here        %s\n", on_or_off(maintenance_is_on_here(ctl->conf)));
	if (ctl->conf_fault != NULL)
		return ctl_fail("%s", ctl->conf_fault);
	err = maintenance_find(ctl->db, &everywhere);
	if (err != ERR_NONE)
		return ctl_status(err, "");
	printf("everywhere  %s", on_or_off(everywhere.is_on));
	if (everywhere.changed_us != 0)
		printf("  since %s by %s", ctl_instant(everywhere.changed_us, changed),
			everywhere.changed_by);
	putchar('\n');
	return EXIT_SUCCESS;
}

const struct command command_maintenance_on = {
	.name = "maintenance on",
	.arguments = "[--everywhere]",
	.summary = "Makes this host, or all hosts, answer that the service is down",
	.details = "Each dialect says so in its own way, within a second. Health probes, metrics\n"
		   "and WeChat's pushes are still served. For this host a file in\n"
		   "server.state_directory is created, which works without the database; for all\n"
		   "hosts the database is changed. Where the audit cannot have an entry of it,\n"
		   "since the database does not answer, keys are wrong or the schema is not\n"
		   "migrated, a warning says so.\n",
	.needs = NEEDS_CONF_PARTS,
	.run = turn_maintenance_on,
};

const struct command command_maintenance_off = {
	.name = "maintenance off",
	.arguments = "[--everywhere]",
	.summary = "Ends maintenance on this host or, with --everywhere, on all hosts",
	.details = "A host serves when both are off; see \"wxuserctl maintenance status\".\n",
	.needs = NEEDS_CONF_PARTS,
	.run = turn_maintenance_off,
};

const struct command command_maintenance_status = {
	.name = "maintenance status",
	.arguments = "",
	.summary = "Prints whether maintenance is on, here and everywhere",
	.details = "Times are in UTC+8.\n",
	.has_json = true,
	.needs = NEEDS_DB | NEEDS_CONF_PARTS,
	.run = print_maintenance,
};
