#include <stdbool.h>
#include <string.h>

#include "arena.h"
#include "audit.h"
#include "buf.h"
#include "command.h"
#include "conf.h"
#include "db.h"
#include "grantees.h"
#include "key_check.h"
#include "migrate.h"
#include "migration_lock.h"
#include "secret_keys.h"

/* The name of the first migration that makes a table of the service's. */
#define FIRST "0001"

struct progress_of_migrations {
	int n_applied;
	bool is_new; /* the schema */
	bool is_refused;
};

enum { GRANTS, REVOKES };

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

static void print_refusal(void *ctx, const char *problem)
{
	struct progress_of_migrations *progress = ctx;

	progress->is_refused = true;
	ctl_fail("%s", problem);
}

/* One that has a user of its own in the database migrates with the rights of who runs this, whom
 * the database may know by its socket. */
static int open_to_migrate(struct ctl *ctl)
{
	for (enum db_user user = DB_USER_SERVICE; user < N_DB_USERS; user++)
		if (ctl_log_in(ctl, user) != 0)
			return -1;
	if (db_user_same(ctl->conf, DB_USER_MIGRATION) == DB_USER_SERVICE &&
		ctl_become_service(ctl) != 0)
		return -1;
	ctl->db = ctl_new_db(ctl, DB_USER_MIGRATION);
	return 0;
}

/* ---- Rights. */

static size_t write_for(struct ctl *ctl, const struct grantees *grantees, enum db_user user,
	bool takes_away, struct buf *out)
{
	const struct grantee *grantee = grantees->of[user];
	size_t begin, n;

	buf_printf(out, "-- %s, %s in [database]", grantee->account, db_user_key(user));
	if (grantees->problems[user] != NULL)
		buf_printf(out, "; what it has is not known: %s", grantees->problems[user]);
	buf_append_str(out, "\n");
	if (!takes_away)
		return grantees_are_one(ctl) && grants_count_lacking(grantee) == 0
			? 0
			: grants_write_missing(out, grantee);
	begin = out->size;
	if (!grantee_migrates(ctl, user)) {
		n = grants_write_excess(out, grantee);
		return n == 0 && out->size > begin ? 1 : n; /* comments are something, too */
	}
	buf_append_str(out, "-- It migrates, too, unless there is a migration_user.\n");
	return 0;
}

static int print_grants(struct ctl *ctl, bool takes_away)
{
	struct grantees grantees;
	struct buf out = {0};
	bool are_known = true;
	size_t n = 0;

	grantees_read(ctl, &grantees);
	buf_printf(&out, "-- For an administrator of the database: wxuserctl migrate --%s\n",
		takes_away ? "revokes | mariadb\n-- once no host runs an earlier release"
			   : "grants | mariadb");
	for (enum db_user user = DB_USER_SERVICE; user < N_DB_USERS; user++)
		if (grantees.of[user] != NULL) {
			n += write_for(ctl, &grantees, user, takes_away, &out);
			are_known &= grantees.problems[user] == NULL;
		}
	if (n == 0)
		buf_printf(&out, "-- Nothing is %s.\n", takes_away ? "too much" : "missing");
	fwrite(out.data, 1, out.size, stdout);
	buf_release(&out);
	return are_known ? EXIT_SUCCESS
			 : ctl_fail("what a user of the database has is not known, see above");
}

/* New tables and columns need new rights. Whoever may give them does so. */
static void give_grants(struct ctl *ctl)
{
	struct grantees grantees;
	const struct grantee *own;

	grantees_read(ctl, &grantees);
	own = grantees.of[db_user_same(ctl->conf, DB_USER_MIGRATION)];
	for (enum db_user user = DB_USER_SERVICE; user < N_DB_USERS; user++) {
		const struct grantee *grantee = grantees.of[user];

		if (grantee == NULL || grantees.problems[user] != NULL ||
			grants_count_lacking(grantee) == 0)
			continue;
		if (own->has.may_grant && grants_give(ctl->db, grantee) == ERR_NONE)
			printf("%s has got the rights that this release needs.\n",
				grantee->account);
		else
			ctl_fail("%s lacks rights that this release needs. Before it is started "
				 "or reloaded, run as an administrator of the database: wxuserctl "
				 "migrate --grants | mariadb",
				grantee->account);
	}
}

/* ---- The audit. */

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
	ctl->db = ctl_new_db(ctl, DB_USER_MIGRATION);
	err = key_check(ctl->db, &reason);
	if (err == ERR_PARAMETER)
		return pass_over(reason);
	if (err == ERR_NONE)
		err = audit_write_alone(ctl->db, &entry);
	return ctl_status(err, "");
}

/* ---- The command. */

static int migrate_tables(struct ctl *ctl, struct progress_of_migrations *progress)
{
	const struct migrate_report report = {
		.progress = print_progress,
		.wait = print_wait,
		.refuse = print_refusal,
		.ctx = progress,
	};
	const char *stranger = NULL;
	enum err err = migrate(ctl->db, &report);

	if (err == ERR_INTERNAL)
		return ctl_fail("the database refuses: %s; where its user may not create tables, "
				"run as root: WXUSER_CONF_database__migration_user=root wxuserctl "
				"migrate",
			db_err_text(ctl->db));
	if (progress->is_refused)
		return EXIT_FAILURE;
	if (err == ERR_PARAMETER)
		err = migrate_find_stranger(ctl->db, &stranger);
	if (stranger != NULL)
		return ctl_fail("%s", stranger);
	return ctl_status(err, "");
}

static int migrate_schema(struct ctl *ctl, const struct argument *arguments)
{
	const bool gives = arguments[GRANTS].text != NULL;
	const bool takes_away = arguments[REVOKES].text != NULL;
	struct progress_of_migrations progress = {0};
	int version, wanted;
	enum err err;

	if (gives && takes_away)
		return ctl_fail("--grants and --revokes are two steps: see \"wxuserctl migrate "
				"--help\"");
	if (open_to_migrate(ctl) != 0)
		return EXIT_FAILURE;
	if (!gives && !takes_away && migrate_tables(ctl, &progress) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	err = migrate_check(ctl->db, &version, &wanted);
	if (err == ERR_PARAMETER && version < wanted)
		return ctl_fail("the tables are not this release's yet; run first: wxuserctl "
				"migrate");
	if (err != ERR_NONE)
		return ctl_status(
			err, "the schema is newer than this program; install its release");
	if (gives || takes_away)
		return print_grants(ctl, takes_away);
	printf("The schema is at version %d.\n", version);
	give_grants(ctl);
	return progress.n_applied == 0 || progress.is_new ? EXIT_SUCCESS
							  : audit_migration(ctl, version);
}

const struct command command_migrate = {
	.name = "migrate",
	.arguments = "[--grants] [--revokes]",
	.summary = "Creates or updates the schema for this release",
	.details =
		"Prints each migration that is applied. The previous release may run meanwhile.\n"
		"If another process migrates, on whatever host, this one waits for its end. After\n"
		"one that was killed it waits a minute.\n"
		"Of a list of hosts most must serve, and all that take writes be of one cluster.\n"
		"If something is missing, it needs a user of the database who may create and\n"
		"alter tables: migration_user, or see the environment in \"wxuserctl --help\".\n"
		"--grants changes nothing, but prints the SQL that gives each user of the\n"
		"database what its statements need and it does not have. An administrator of the\n"
		"database runs it, once after a set-up and after each migration that says so:\n"
		"  wxuserctl migrate --grants | mariadb\n"
		"A migration_user that has its rights WITH GRANT OPTION gives them itself.\n"
		"--revokes prints the SQL that takes away what they have and do not need. Run it\n"
		"once no host runs an earlier release, which may need it.\n"
		"Both end with status 1 if what a user has cannot be read, and print the rest.\n",
	.needs = NEEDS_CONF,
	.run = migrate_schema,
};
