#include "account_close.h"
#include "app.h"
#include "buf.h"
#include "command.h"
#include "db.h"
#include "erasure.h"
#include "export.h"
#include "export_json.h"
#include "listing.h"
#include "member_erasure.h"
#include "person_export.h"
#include "person_find.h"
#include "push_event.h"
#include "revocation.h"
#include "str.h"
#include "v1/admin_shapes.h"

enum { USER, OPENID, DRY_RUN };
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

static enum err erase_user(struct ctl *ctl, struct revocation *revocation)
{
	enum err err = revocation_pending(ctl->db, revocation);

	if (err != ERR_NONE && err != ERR_ABSENT)
		return err;
	if (err == ERR_ABSENT ||
		(revocation_parts(revocation->revoke_info) & REVOKED_EVERYTHING) != 0)
		return erase_all(ctl, revocation);
	return erase_parts(ctl, revocation);
}

/* By the number. Returns the exit status. */
static int find_numbered(struct ctl *ctl, const char *number, struct revocation *revocation)
{
	struct person_user user;
	int32_t id;
	enum err err;

	if (!str_parse_int32(number, &id) || id < 1)
		return ctl_fail_usage("give the number of the user, which \"wxuserctl user find\" "
				      "prints, or an appid and an openid of it");
	err = person_find_user(ctl->db, id, &user);
	if (err == ERR_USER_UNKNOWN)
		return ctl_fail(CTL_NO_USER, id);
	revocation->tenant_id = user.tenant_id;
	revocation->app_id = user.app_id;
	revocation->appid = user.appid;
	revocation->openid = user.openid;
	return ctl_status(err, "");
}

/* By the app and the openid, of whom there may be no more than a message. Returns the exit
 * status. */
static int find_of_app(struct ctl *ctl, const char *appid, struct revocation *revocation)
{
	struct app app;
	enum err err = app_find(ctl->db, appid, &app);

	if (err == ERR_APP_UNKNOWN)
		return ctl_status(ERR_PARAMETER, CTL_NO_APP);
	revocation->tenant_id = app.tenant_id;
	revocation->app_id = app.id;
	revocation->appid = appid;
	return ctl_status(err, "");
}

static int erase_named_user(struct ctl *ctl, const struct argument *arguments)
{
	struct revocation revocation = {
		.openid = arguments[OPENID].text,
		.actor = "wxuserctl",
		.is_dry_run = arguments[DRY_RUN].text != NULL,
	};
	const int status = revocation.openid == NULL
		? find_numbered(ctl, arguments[USER].text, &revocation)
		: find_of_app(ctl, arguments[USER].text, &revocation);
	enum err err;

	if (status != EXIT_SUCCESS)
		return status;
	err = erase_user(ctl, &revocation);
	if (err == ERR_USER_UNKNOWN)
		return ctl_fail("app %s has no such user; nothing is erased", revocation.appid);
	return ctl_status(err, "");
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
		return ctl_fail(CTL_NO_PERSON);
	if (err == ERR_NONE)
		puts(json.data);
	return export_end(ctl, ctl_status(err, CTL_SEVERAL_TENANTS));
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
	const struct admin_pending *pending = row;
	const struct push_event *event = &pending->event;
	char at[CTL_INSTANT_SIZE];

	printf("%s  %-20s %-28s  %-31s  %-11s  %s\n", ctl_instant(event->happened_us, at),
		event->appid, event->openid, event->name,
		*event->revoke_info == '\0' ? "-" : event->revoke_info, pending->withdrawn);
}

static void show_pending(void *ctx, const struct push_event *event)
{
	struct listing *listing = ctx;
	const struct admin_pending pending = admin_pending_from(listing->ctl->arena, event);

	listing_add(listing, &pending);
}

static int list_pending(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = "AT (UTC+8)           APP                  OPENID                  "
			   "      EVENT                            REVOKE INFO  WITHDRAWN",
		.shape = &admin_pending_shape,
		.print = print_pending,
	};

	(void)arguments;
	return listing_end(&listing, push_event_pending(ctl->db, show_pending, &listing), "");
}

const struct command command_user_erase = {
	.name = "user erase",
	.arguments = "USER [OPENID] [--dry-run]",
	.summary = "Erases a WeChat user, and the account if it has no other user",
	.details =
		"USER is the number that \"wxuserctl user find\" prints or, with OPENID, the\n"
		"appid, as \"wxuserctl user pending\" prints them. Prints how many rows of which\n"
		"tables are erased. --dry-run changes nothing. If a message from WeChat that\n"
		"names parts of the user, such as the phone, is pending, only these are erased.\n"
		"The shop's member stays, without its binding. A closed account is erased at\n"
		"once with all its users, as its person wished. A login afterwards creates a new\n"
		"user.\n",
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
	"export_internal is on. Times are in UTC. Each export is in the audit. A value\n"
	"that is damaged is empty, and the exit status is then 1.\n",
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
