#include <stdbool.h>

#include "account.h"
#include "account_admin.h"
#include "account_conflict.h"
#include "account_link.h"
#include "account_unmerge.h"
#include "app_move.h"
#include "arena.h"
#include "command.h"
#include "listing.h"
#include "merge_list.h"
#include "str.h"
#include "tenant.h"
#include "v1/admin_shapes.h"

enum { ACCOUNT, FLAG, VALUE };
enum { ONE, OTHER, DRY_RUN, COMMIT, UNDO };

/* ---- account set, disable, enable, logout-everywhere. */

/* In the order of VALUE's choices. */
static const enum own_flag flag_values[] = {OWN_TRUE, OWN_FALSE, OWN_NONE};

static int set_flag(struct ctl *ctl, const struct argument *arguments)
{
	struct account_ref ref;
	enum err err;

	if (ctl_find_account(ctl, arguments[ACCOUNT].text, &ref) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	err = account_set_flag(
		ctl->db, &ref, arguments[FLAG].text, flag_values[arguments[VALUE].number]);
	if (err == ERR_USER_UNKNOWN)
		return ctl_fail("the account is deleted, or closed by its person");
	if (err == ERR_PARAMETER)
		return ctl_fail_usage(
			"an account has no such flag; see: wxuserctl account set --help");
	return ctl_done(err, "", "%s is %s.", arguments[FLAG].text,
		flag_values[arguments[VALUE].number] == OWN_NONE ? "as its tenant has it"
								 : arguments[VALUE].text);
}

static int change_account(struct ctl *ctl, const struct argument *arguments,
	enum err (*rule)(struct db *db, const struct account_ref *ref), const char *outcome)
{
	char id[UUID_TEXT_SIZE];
	struct account_ref ref;
	enum err err;

	if (ctl_find_account(ctl, arguments[ACCOUNT].text, &ref) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	err = rule(ctl->db, &ref);
	if (err == ERR_USER_UNKNOWN)
		return ctl_fail("the account is deleted, or closed by its person");
	uuid_format(ref.id, id);
	return ctl_done(err, "", "Account %s %s.", id, outcome);
}

static int disable_account(struct ctl *ctl, const struct argument *arguments)
{
	return change_account(ctl, arguments, account_disable, "is disabled and logged out");
}

static int enable_account(struct ctl *ctl, const struct argument *arguments)
{
	return change_account(ctl, arguments, account_enable, "may log in");
}

static int log_out_account(struct ctl *ctl, const struct argument *arguments)
{
	return change_account(ctl, arguments, account_log_out, "is logged out everywhere");
}

/* FLAG. */
static const char *flag_words(struct arena *arena, int place)
{
#define WORD(flag) #flag " "
	(void)arena;
	return place == FLAG ? ACCOUNT_CUSTOMER_FLAGS(WORD) : NULL;
#undef WORD
}

/* ---- account conflicts, dismiss. */

static void print_conflict(const void *row)
{
	const struct admin_conflict *conflict = row;

	printf("%6lld  %6d  %-15s  %s  %-36s  %-11s  %s\n", (long long)conflict->id,
		conflict->tenant_id, conflict->reason, conflict->account_id,
		conflict->other_account_id == NULL ? "-" : conflict->other_account_id,
		conflict->openid, conflict->unionid);
}

static void show_conflict(void *ctx, const struct account_conflict *conflict)
{
	char account[UUID_TEXT_SIZE], other[UUID_TEXT_SIZE];
	char openid[STR_MASKED_SIZE], unionid[STR_MASKED_SIZE];
	const struct admin_conflict shown = {
		.id = conflict->id,
		.tenant_id = conflict->tenant_id,
		.reason = conflict_reason_name(conflict->reason),
		.account_id = account,
		.other_account_id = uuid_is_nil(conflict->other_id) ? NULL : other,
		.openid = openid,
		.unionid = unionid,
		.created_us = conflict->created_us,
	};

	uuid_format(conflict->account_id, account);
	uuid_format(conflict->other_id, other);
	str_mask(conflict->openid, openid);
	str_mask(conflict->unionid, unionid);
	listing_add(ctx, &shown);
}

static int print_suspects(struct ctl *ctl)
{
	const struct app_suspect *suspects;
	size_t n;
	enum err err = app_move_suspects(ctl->db, &suspects, &n);

	for (size_t i = 0; err == ERR_NONE && i < n; i++)
		fprintf(stderr, "App %s: " CTL_SUSPECT ".\n", suspects[i].appid,
			suspects[i].n_users, suspects[i].appid);
	return ctl_status(err, "");
}

static int list_conflicts(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = arena_printf(ctl->arena,
			"    ID  TENANT  %-15s  %-36s  %-36s  %-11s  UNIONID", "REASON", "ACCOUNT",
			"OTHER ACCOUNT", "OPENID"),
		.shape = &admin_conflict_shape,
		.print = print_conflict,
	};
	const int status = listing_end(
		&listing, account_conflict_list(ctl->db, show_conflict, &listing), "");

	(void)arguments;
	return status == EXIT_SUCCESS ? print_suspects(ctl) : status;
}

static int dismiss_conflict(struct ctl *ctl, const struct argument *arguments)
{
	const int32_t id = arguments[0].number;

	return ctl_done(account_conflict_dismiss(ctl->db, id),
		"there is no such open conflict; see: wxuserctl account conflicts",
		"Conflict %d is off the list; its accounts stay apart.", id);
}

/* ---- account merge. */

static void print_if(bool is_so, const char *line)
{
	if (is_so)
		puts(line);
}

static void print_survey(const struct conflict_merge *merge)
{
	char survivor[UUID_TEXT_SIZE], merged[UUID_TEXT_SIZE];

	uuid_format(merge->survivor, survivor);
	uuid_format(merge->merged, merged);
	printf("stays:  %s\n"
	       "moves:  %s: %d WeChat users, %d unionids, %d aliases, %d memberships, %d tokens\n",
		survivor, merged, merge->n_users, merge->n_unionids, merge->n_aliases,
		merge->n_memberships, merge->n_tokens);
	print_if(merge->has_openids_of_one_app, "note:   both hold an openid of one app");
	print_if(
		merge->has_two_members, "note:   they are bound to different members, and stay so");
	print_if(merge->has_one_off, "note:   one is disabled, and then both are");
}

static int merge_two(struct ctl *ctl, const struct argument *arguments)
{
	struct conflict_merge merge = {.is_dry_run = arguments[COMMIT].text == NULL};
	enum err err;

	if (ctl_find_account(ctl, arguments[ONE].text, &merge.a) != EXIT_SUCCESS ||
		ctl_find_account(ctl, arguments[OTHER].text, &merge.b) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	if (merge.a.tenant_id != merge.b.tenant_id)
		return ctl_fail("they are of different tenants");
	if (uuid_is_equal(merge.a.id, merge.b.id))
		return ctl_fail("they are one account already");
	err = account_conflict_merge(ctl->db, &merge);
	if (err != ERR_NONE)
		return ctl_status(err,
			merge.has_two_unionids
				? "they have different unionids of one Open Platform account: two "
				  "people, says WeChat; see: wxuserctl account dismiss"
				: "one of them is deleted or closed");
	print_survey(&merge);
	if (merge.is_dry_run)
		puts("Nothing has been changed; use --commit to do it.");
	else
		printf("merged; to undo it: wxuserctl account merge --undo %lld\n",
			(long long)merge.id);
	return EXIT_SUCCESS;
}

static int undo_merge(struct ctl *ctl, int32_t id)
{
	static const char *const problems[] = {
		[UNMERGE_NO_PROBLEM] = "",
		[UNMERGE_UNKNOWN] = "there is no such merge",
		[UNMERGE_DONE] = "it is undone already",
		[UNMERGE_SURVIVOR_MERGED] =
			"the account that stayed has itself been merged since; undo that first",
		[UNMERGE_SURVIVOR_CLOSED] =
			"the person has closed the account that stayed; see: wxuserctl user reopen",
		[UNMERGE_MOVED_ON] = ("a user, unionid or alias that moved is no longer with the "
				      "account that stayed, so that it cannot be put back"),
	};
	enum unmerge_problem problem;
	enum err err = account_unmerge(ctl->db, id, &problem);

	return ctl_done(err, problems[problem], "Merge %d is undone.", id);
}

static int merge_accounts(struct ctl *ctl, const struct argument *arguments)
{
	bool is_undo = arguments[UNDO].text != NULL;
	bool is_dry_run = arguments[DRY_RUN].text != NULL;
	bool is_commit = arguments[COMMIT].text != NULL;

	if (is_undo && arguments[ONE].text == NULL && !is_dry_run && !is_commit)
		return undo_merge(ctl, arguments[UNDO].number);
	if (is_undo || arguments[OTHER].text == NULL || is_dry_run == is_commit) {
		return ctl_fail_usage("give two accounts and --dry-run or --commit, or --undo and "
				      "the number of a merge");
	}
	return merge_two(ctl, arguments);
}

/* ---- account merges. */

enum { MERGES_TENANT, MERGES_LAST };

#define LAST_PRESET 20

static void print_merge(const void *row)
{
	const struct admin_merge *merge = row;
	char at[CTL_INSTANT_SIZE];

	printf("%6lld  %6d  %s  %s  %s  %5d  %8d  %s\n", (long long)merge->id, merge->tenant_id,
		ctl_instant(merge->merged_us, at), merge->survivor_id, merge->merged_id,
		merge->n_users, merge->n_unionids, merge->undo);
}

static int list_merges(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = arena_printf(ctl->arena,
			"    ID  TENANT  %-19s  %-36s  %-36s  USERS  UNIONIDS  UNDO", "AT (UTC+8)",
			"STAYED", "MERGED INTO IT"),
		.shape = &admin_merge_shape,
		.print = print_merge,
	};
	const struct merge_page page = {
		.tenant_id = arguments[MERGES_TENANT].number,
		.n_most = arguments[MERGES_LAST].text == NULL ? LAST_PRESET
							      : arguments[MERGES_LAST].number,
	};
	const struct listed_merge *merges = NULL;
	size_t n = 0;
	enum err err = page.tenant_id == 0 ? ERR_NONE : tenant_check(ctl->db, page.tenant_id);

	if (err == ERR_NONE)
		err = merge_list_page(ctl->db, &page, &merges, &n);
	for (size_t i = 0; err == ERR_NONE && i < n; i++) {
		const struct admin_merge merge = admin_merge_from(ctl->arena, &merges[i]);

		listing_add(&listing, &merge);
	}
	return listing_end(&listing, err, CTL_NO_TENANT);
}

/* ---- The commands. */

const struct command command_account_set = {
	.name = "account set",
	.arguments = "ACCOUNT FLAG true|false|none",
	.words = flag_words,
	.summary = "Sets a flag of an account in place of its tenant's",
	.details = CTL_ACCOUNT
	"FLAG is one of can_balance_pay, is_close_order_pda, is_mini_program_remind,\n"
	"is_show_no_fee_leave_button and is_show_statistics_pda. none removes the flag,\n"
	"so that the tenant's setting applies again (see \"wxuserctl tenant set\").\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = set_flag,
};

const struct command command_account_disable = {
	.name = "account disable",
	.arguments = "ACCOUNT",
	.summary = "Ends an account's logins and refuses new ones",
	.details = CTL_ACCOUNT,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = disable_account,
};

const struct command command_account_enable = {
	.name = "account enable",
	.arguments = "ACCOUNT",
	.summary = "Lets an account log in again",
	.details = CTL_ACCOUNT,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = enable_account,
};

const struct command command_account_logout_everywhere = {
	.name = "account logout-everywhere",
	.arguments = "ACCOUNT",
	.summary = "Ends an account's logins",
	.details = CTL_ACCOUNT,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = log_out_account,
};

const struct command command_account_conflicts = {
	.name = "account conflicts",
	.arguments = "",
	.summary = "Lists unionids by which accounts could not be merged",
	.details = "A login brought a unionid which says that two accounts are one person. They\n"
		   "were not merged, because they have different unionids, two openids of one app\n"
		   "or different members, because one of them may not log in, or because an\n"
		   "operator has undone their merge. Both accounts stay as they are. Merge them\n"
		   "(wxuserctl account merge), or remove the conflict from the list (wxuserctl\n"
		   "account dismiss).\n",
	.has_json = true,
	.needs = NEEDS_DB,
	.run = list_conflicts,
};

const struct command command_account_dismiss = {
	.name = "account dismiss",
	.arguments = "ID",
	.summary = "Removes a conflict from the list; its accounts stay apart",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = dismiss_conflict,
};

const struct command command_account_merge = {
	.name = "account merge",
	.arguments = "[ACCOUNT] [ACCOUNT] [--dry-run] [--commit] [--undo ID]",
	.summary = "Merges two accounts of one person, or undoes a merge",
	.details =
		"Give two accounts, each by its id or the openid of one of its WeChat users,\n"
		"and --dry-run to see what would move, or --commit. The older account stays,\n"
		"and the id of the other one remains valid for it. --undo takes the number that\n"
		"--commit or \"wxuserctl account merges\" printed. It refuses if what moved is no\n"
		"longer there. It enables nobody: while the account that stayed is disabled, both\n"
		"are afterwards, and who was disabled before the merge is again. After it, a\n"
		"login does not merge the two accounts again.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = merge_accounts,
};

const struct command command_account_merges = {
	.name = "account merges",
	.arguments = "[--tenant ID] [--last N]",
	.summary = "Lists the last merges of accounts, the newest first",
	.details =
		"Lists 20 merges, or the number of --last: of all tenants, or of one. UNDO says\n"
		"whether \"wxuserctl account merge --undo ID\" is possible, unless what moved is\n"
		"no longer there; done; or that the account that stayed has itself been merged,\n"
		"or closed by its person, since.\n",
	.has_json = true,
	.needs = NEEDS_DB,
	.run = list_merges,
};
