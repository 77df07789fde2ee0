#include <stdbool.h>

#include "account.h"
#include "account_conflict.h"
#include "account_merge.h"
#include "command.h"

enum { ONE, OTHER, DRY_RUN, COMMIT, UNDO };

static void print_if(bool is_so, const char *line)
{
	if (is_so)
		puts(line);
}

static void print_survey(const struct conflict_merge *merge)
{
	char survivor[ACCOUNT_ID_TEXT_SIZE], merged[ACCOUNT_ID_TEXT_SIZE];

	account_format_id(merge->survivor, survivor);
	account_format_id(merge->merged, merged);
	printf("stays:  %s\n"
	       "moves:  %s: %d WeChat users, %d unionids, %d aliases, %d memberships, %d tokens\n",
		survivor, merged, merge->n_users, merge->n_unionids, merge->n_aliases,
		merge->n_memberships, merge->n_tokens);
	print_if(merge->has_openids_of_one_app, "note:   both hold an openid of one app");
	print_if(merge->has_two_members,
		"note:   they are bound to different members, and stay so");
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
	if (memcmp(merge.a.id, merge.b.id, sizeof(merge.a.id)) == 0)
		return ctl_fail("they are one account already");
	err = account_conflict_merge(ctl->db, &merge);
	if (err != ERR_NONE)
		return ctl_status(err,
			merge.has_two_unionids
				? "they have different unionids of one Open Platform account: two "
				  "people, says WeChat; see: wxuserctl account dismiss"
				: "one of them is deleted");
	print_survey(&merge);
	if (merge.is_dry_run)
		puts("Nothing has been changed; say --commit to do it.");
	else
		printf("merged; to undo it: wxuserctl account merge --undo %lld\n",
			(long long)merge.id);
	return EXIT_SUCCESS;
}

static int undo(struct ctl *ctl, int32_t id)
{
	static const char *const problems[] = {
		[UNMERGE_POSSIBLE] = "",
		[UNMERGE_UNKNOWN] = "there is no such merge",
		[UNMERGE_DONE] = "it is undone already",
		[UNMERGE_SURVIVOR_MERGED] =
			"the account that stayed has itself been merged since; undo that first",
		[UNMERGE_MOVED_ON] = "a user, unionid or alias that moved is no longer with the "
				     "account that stayed, so that it cannot be put back",
	};
	enum unmerge_problem problem;
	enum err err = account_unmerge(ctl->db, id, &problem);

	return ctl_done(err, problems[problem], "Merge %d is undone.", id);
}

static int run(struct ctl *ctl, const struct argument *arguments)
{
	bool is_undo = arguments[UNDO].text != NULL;
	bool is_dry_run = arguments[DRY_RUN].text != NULL;
	bool is_commit = arguments[COMMIT].text != NULL;

	if (is_undo && arguments[ONE].text == NULL && !is_dry_run && !is_commit)
		return undo(ctl, arguments[UNDO].number);
	if (is_undo || arguments[OTHER].text == NULL || is_dry_run == is_commit) {
		ctl_fail("give two accounts and --dry-run or --commit, or --undo and the number "
			 "of a merge");
		return EX_USAGE;
	}
	return merge_two(ctl, arguments);
}

const struct command command_account_merge = {
	.name = "account merge",
	.arguments = "[ACCOUNT] [ACCOUNT] [--dry-run] [--commit] [--undo ID]",
	.summary = "Makes two accounts one person, or takes them apart again",
	.details = "Give two accounts, each by its id or the openid of one of its WeChat users,\n"
		   "and --dry-run to see what would move, or --commit. The older one stays, and\n"
		   "the other's id stays valid for it. --undo takes the number that --commit\n"
		   "printed, and refuses when what moved is no longer there; after it a login\n"
		   "does not merge the two again.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = run,
};
