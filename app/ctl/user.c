#include "account_close.h"
#include "app.h"
#include "buf.h"
#include "command.h"
#include "db.h"
#include "erasure.h"
#include "export_json.h"
#include "listing.h"
#include "member_erasure.h"
#include "person_export.h"
#include "push_event.h"
#include "revocation.h"
#include "v1/admin_shapes.h"

enum { APPID, OPENID, DRY_RUN };
enum { TENANT, MEMBER };

static void print_erased(const struct erased *erased, bool is_dry_run)
{
	for (size_t i = 0; i < erased->n_tables; i++)
		printf("%-6s %3d  %s\n", is_dry_run ? "would" : "erased", erased->rows[i].n_rows,
			erased->rows[i].table);
}

static enum err erase_all(struct ctl *ctl, const struct revocation *revocation)
{
	const struct erasure erasure = {
		.tenant_id = revocation->tenant_id,
		.app_id = revocation->app_id,
		.appid = revocation->appid,
		.openid = revocation->openid,
		.actor = revocation->actor,
		.revoke_info = revocation->revoke_info,
		.is_dry_run = revocation->is_dry_run,
	};
	struct erased erased;
	enum err err = erasure_run(ctl->db, &erasure, &erased);

	if (err != ERR_NONE)
		return err;
	print_erased(&erased, erasure.is_dry_run);
	return erased.n_tables == 0 ? ERR_USER_UNKNOWN : ERR_NONE;
}

/* Erases the parts of the user that a pending message names. */
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

static enum err erase_user_of(struct ctl *ctl, const struct app *app, struct revocation *revocation)
{
	enum err err;

	revocation->tenant_id = app->tenant_id;
	revocation->app_id = app->id;
	err = revocation_pending(ctl->db, revocation);
	if (err != ERR_NONE && err != ERR_ABSENT)
		return err;
	if (err == ERR_ABSENT ||
		(revocation_parts(revocation->revoke_info) & REVOKED_EVERYTHING) != 0)
		return erase_all(ctl, revocation);
	return erase_parts(ctl, revocation);
}

static int erase_named_user(struct ctl *ctl, const struct argument *arguments)
{
	struct app app;
	struct revocation revocation = {
		.appid = arguments[APPID].text,
		.openid = arguments[OPENID].text,
		.actor = "wxuserctl",
		.is_dry_run = arguments[DRY_RUN].text != NULL,
	};
	enum err err = app_find(ctl->db, revocation.appid, &app);

	if (err == ERR_APP_UNKNOWN)
		return ctl_status(ERR_PARAMETER, CTL_NO_APP);
	if (err == ERR_NONE)
		err = erase_user_of(ctl, &app, &revocation);
	if (err == ERR_USER_UNKNOWN)
		return ctl_fail("app %s has no such user; nothing is erased", app.appid);
	return ctl_status(err, CTL_NO_APP);
}

static int erase_member(struct ctl *ctl, const struct argument *arguments)
{
	const struct member_erasure erasure = {
		.tenant_id = arguments[TENANT].number,
		.id = arguments[MEMBER].number,
		.actor = "wxuserctl",
		.is_dry_run = arguments[DRY_RUN].text != NULL,
	};
	struct erased erased;
	enum err err = member_erasure_run(ctl->db, &erasure, &erased);

	if (err == ERR_MEMBER_UNKNOWN)
		return ctl_fail("tenant %d has no member %d; nothing is erased", erasure.tenant_id,
			erasure.id);
	if (err == ERR_NONE)
		print_erased(&erased, erasure.is_dry_run);
	return ctl_status(err, CTL_NO_TENANT);
}

static int export_person(struct ctl *ctl, const struct argument *arguments)
{
	struct buf json = {.arena = ctl->arena};
	struct person person;
	enum err err = person_find(ctl->db, arguments[0].text, &person);

	if (err == ERR_NONE)
		err = export_json(ctl->db, &person, "wxuserctl", &json);
	if (err == ERR_USER_UNKNOWN)
		return ctl_fail(CTL_NO_PERSON, arguments[0].text);
	if (err == ERR_NONE)
		puts(json.data);
	return ctl_status(err, CTL_SEVERAL_TENANTS);
}

static int reopen_account(struct ctl *ctl, const struct argument *arguments)
{
	char id[UUID_TEXT_SIZE];
	struct account_ref ref;
	enum err err;

	if (ctl_find_account(ctl, arguments[0].text, &ref) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	err = account_reopen(ctl->db, &ref, "wxuserctl");
	uuid_format(ref.id, id);
	if (err == ERR_ABSENT || err == ERR_USER_UNKNOWN)
		return ctl_fail("account %s is not closed", id);
	return ctl_done(err, "", "Account %s is open again.", id);
}

static void print_pending(const void *row)
{
	const struct push_event *event = row;
	char at[CTL_INSTANT_SIZE];

	printf("%s  %-20s %-28s  %-27s  %s\n", ctl_instant(event->happened_us, at), event->appid,
		event->openid, event->name,
		*event->revoke_info == '\0' ? "-" : event->revoke_info);
}

static void show_pending(void *ctx, const struct push_event *event)
{
	listing_add(ctx, event);
}

static int list_pending(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = "AT (UTC+8)           APP                  OPENID                        "
			   "EVENT                        REVOKE INFO",
		.shape = &admin_pending_shape,
		.print = print_pending,
	};

	(void)arguments;
	return listing_end(&listing, push_event_pending(ctl->db, show_pending, &listing), "");
}

const struct command command_user_erase = {
	.name = "user erase",
	.arguments = "APPID OPENID [--dry-run]",
	.summary = "Erases a WeChat user, and the account if it has no other user",
	.details =
		"Prints how many rows of which tables are erased. --dry-run changes nothing. If\n"
		"a message from WeChat that names parts of the user, such as the phone, is\n"
		"pending (\"wxuserctl user pending\"), only these parts are erased. The shop's\n"
		"member stays, without its binding. A closed account is erased at once, as its\n"
		"person wished. A login afterwards creates a new user.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = erase_named_user,
};

const struct command command_user_export = {
	.name = "user export",
	.arguments = "ACCOUNT",
	.summary = "Prints what is stored about a person as JSON, for that person",
	.details = CTL_ACCOUNT
	"Sealed values are printed in clear. Credentials, hashes and whatever identifies\n"
	"another person are left out, and the tenant's own notes unless its setting\n"
	"export_internal is on. Times are in UTC. Each export is in the audit.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = export_person,
};

const struct command command_user_reopen = {
	.name = "user reopen",
	.arguments = "ACCOUNT",
	.summary = "Opens an account again that its person has closed",
	.details = CTL_ACCOUNT
	"Only before the account is erased, after the days of its tenant's setting\n"
	"erasure_days; \"wxuserctl user show\" prints when. The person has to log in\n"
	"again.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = reopen_account,
};

const struct command command_member_erase = {
	.name = "member erase",
	.arguments = "--tenant ID ID [--dry-run]",
	.summary = "Erases a tenant's member",
	.details =
		"The second ID is the member's; \"wxuserctl user show\" prints it for each\n"
		"WeChat user. Users who are bound to the member stay, without it. --dry-run\n"
		"changes nothing.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = erase_member,
};

const struct command command_user_pending = {
	.name = "user pending",
	.arguments = "",
	.summary = "Lists users whose erasure WeChat has requested without encryption",
	.details =
		"An unencrypted message proves nothing: ask the user, then run \"wxuserctl user\n"
		"erase\", which erases what the RevokeInfo names. Times are in UTC+8.\n",
	.has_json = true,
	.needs = NEEDS_DB,
	.run = list_pending,
};
