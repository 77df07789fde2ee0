#include <stdbool.h>
#include <string.h>

#include "arena.h"
#include "audit.h"
#include "command.h"
#include "db.h"
#include "key_check.h"
#include "migrate.h"
#include "migration_lock.h"
#include "secret_keys.h"

/* The name of the first migration that makes a table of the service's. */
#define FIRST "0001"

struct progress_of_migrations {
	int n_applied;
	bool is_new; /* the schema */
};

static void print_progress(void *ctx, const char *name)
{
	struct progress_of_migrations *progress = ctx;

	progress->is_new |= progress->n_applied == 0 && strncmp(name, FIRST, strlen(FIRST)) == 0;
	progress->n_applied++;
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

/* What is migrated stays so, also without keys to sign the entry with, as before "keys create" of
 * an installation that has no audit key yet. */
static int pass_over(const char *reason)
{
	ctl_fail("the audit does not tell of this: %s", reason);
	return EXIT_SUCCESS;
}

static int audit_migration(struct ctl *ctl, int version)
{
	const struct audit_entry entry = {
		.tenant_id = AUDIT_INSTALLATION,
		.action = "schema.migrate",
		.actor = "wxuserctl",
		.subject = "schema",
		.details = arena_printf(ctl->arena, "{\"version\":%d}", version),
	};
	char error[1024];
	const char *reason = "";
	enum err err;

	ctl->keys = secret_keys_load(ctl->conf, error, sizeof(error));
	if (ctl->keys == NULL)
		return pass_over(error);
	db_free(ctl->db);
	ctl->db = db_new(ctl->conf, ctl->keys);
	db_set_arena(ctl->db, ctl->arena);
	ctl_tell_origin(ctl);
	err = key_check(ctl->db, &reason);
	if (err == ERR_PARAMETER)
		return pass_over(reason);
	if (err == ERR_NONE)
		err = audit_write_alone(ctl->db, &entry);
	return ctl_status(err, "");
}

static int migrate_schema(struct ctl *ctl, const struct argument *arguments)
{
	const char *stranger = NULL;
	int version, wanted;
	struct progress_of_migrations progress = {0};
	const struct migrate_report report = {
		.progress = print_progress, .wait = print_wait, .ctx = &progress,
	};
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
	return progress.n_applied == 0 || progress.is_new ? EXIT_SUCCESS
							  : audit_migration(ctl, version);
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
