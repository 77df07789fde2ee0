#include "app.h"
#include "command.h"
#include "db.h"
#include "erasure.h"
#include "revocation.h"

enum { APPID, OPENID, DRY_RUN };

static void print(const struct erased *erased, bool is_dry_run)
{
	for (size_t i = 0; i < erased->n_tables; i++)
		printf("%-6s %3d  %s\n", is_dry_run ? "would" : "erased",
			erased->rows[i].n_rows, erased->rows[i].table);
}

static enum err erase_all(struct ctl *ctl, const struct revocation *revocation)
{
	const struct erasure erasure = {
		.tenant_id = revocation->tenant_id, .app_id = revocation->app_id,
		.appid = revocation->appid, .openid = revocation->openid,
		.actor = revocation->actor, .revoke_info = revocation->revoke_info,
		.is_dry_run = revocation->is_dry_run,
	};
	struct erased erased;
	enum err err = erasure_run(ctl->db, &erasure, &erased);

	if (err != ERR_NONE)
		return err;
	print(&erased, erasure.is_dry_run);
	return erased.n_tables == 0 ? ERR_USER_UNKNOWN : ERR_NONE;
}

/* A message that waits names parts of the user. */
static enum err erase_parts(struct ctl *ctl, const struct revocation *revocation)
{
	unsigned cleared;
	enum err err = revocation_run(ctl->db, revocation, &cleared);

	if (err != ERR_NONE)
		return err;
	printf("%-6s %s\n", revocation->is_dry_run ? "would" : "erased",
		cleared == 0 ? "nothing: WeChat's message names nothing that is stored"
			     : revocation_part_names(ctl->arena, cleared));
	if (!revocation->is_dry_run)
		puts("All else of the user stays; to erase that too, run the command again.");
	return ERR_NONE;
}

static enum err erase_of(struct ctl *ctl, const struct app *app, struct revocation *revocation)
{
	int found;

	revocation->tenant_id = app->tenant_id;
	revocation->app_id = app->id;
	found = revocation_waiting(ctl->db, revocation);
	if (found < 0)
		return db_err(ctl->db);
	if (found == 0 || (revocation_parts(revocation->revoke_info) & REVOKED_EVERYTHING) != 0)
		return erase_all(ctl, revocation);
	return erase_parts(ctl, revocation);
}

static int erase(struct ctl *ctl, const struct argument *arguments)
{
	struct app app;
	struct revocation revocation = {
		.appid = arguments[APPID].text,
		.openid = arguments[OPENID].text,
		.actor = "wxuserctl",
		.is_dry_run = arguments[DRY_RUN].text != NULL,
	};
	int found = app_find(ctl->db, revocation.appid, &app);
	enum err err = found < 0 ? db_err(ctl->db) : ERR_PARAMETER;

	if (found > 0)
		err = erase_of(ctl, &app, &revocation);
	if (err == ERR_USER_UNKNOWN)
		return ctl_fail("app %s has no such user; nothing is erased", app.appid);
	return ctl_status(err, CTL_NO_APP);
}

const struct command command_user_erase = {
	.name = "user erase",
	.arguments = "APPID OPENID [--dry-run]",
	.summary = "Erases a WeChat user, and the account if it has no other",
	.details = "Prints how many rows of which tables go. --dry-run changes nothing.\n"
		   "Where a message of WeChat's that names parts of the user, such as the phone,\n"
		   "waits (\"wxuserctl user pending\"), these alone go, and the rest stays.\n"
		   "The shop's member stays, without its binding. A login afterwards makes a new\n"
		   "user.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = erase,
};
