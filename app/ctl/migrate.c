#include "command.h"
#include "migrate.h"
#include "migration_lock.h"

static void print_progress(void *ctx, const char *name)
{
	(void)ctx;
	printf("%s\n", name);
	fflush(stdout);
}

static void print_wait(void *ctx, const struct migration_holder *holder)
{
	char since[CTL_INSTANT_SIZE];

	(void)ctx;
	fprintf(stderr, "waits for %s, which migrates since %s (UTC+8)\n", holder->name,
		ctl_instant(holder->since_us, since));
}

static int migrate_schema(struct ctl *ctl, const struct argument *arguments)
{
	const char *stranger = NULL;
	int version, wanted;
	const struct migrate_report report = {.progress = print_progress, .wait = print_wait};
	enum err err = migrate(ctl->db, &report);

	(void)arguments;
	if (err == ERR_INTERNAL)
		return ctl_fail("the database refuses: %s; where its user may not create tables, "
				"run as root: WXUSER_CONF_server__user= "
				"WXUSER_CONF_database__user=root wxuserctl migrate",
			db_err_text(ctl->db));
	if (err == ERR_PARAMETER)
		err = migrate_find_stranger(ctl->db, &stranger);
	if (stranger != NULL)
		return ctl_fail("%s", stranger);
	if (err == ERR_NONE)
		err = migrate_check(ctl->db, &version, &wanted);
	if (err != ERR_NONE)
		return ctl_status(
			err, "the schema is newer than this program; install its release");
	printf("The schema is at version %d.\n", version);
	return EXIT_SUCCESS;
}

const struct command command_migrate = {
	.name = "migrate",
	.arguments = "",
	.summary = "Creates or updates the schema for this release",
	.details =
		"Prints each migration that is applied. The previous release may run meanwhile.\n"
		"If another process migrates, on whatever host, this one waits for its end. After\n"
		"one that was killed it waits a minute.\n"
		"If something is missing, it needs a user of the database who may create and\n"
		"alter tables: see the environment in \"wxuserctl --help\".\n",
	.needs = NEEDS_DB,
	.run = migrate_schema,
};
