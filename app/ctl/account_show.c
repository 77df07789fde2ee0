#include "account.h"
#include "account_admin.h"
#include "command.h"
#include "str.h"

static const char *masked(const char *text, char masked_r[STR_MASKED_SIZE])
{
	if (str_is_empty(text))
		return "-";
	str_mask(text, masked_r);
	return masked_r;
}

static void print_state(const struct account_overview *overview)
{
	char id[ACCOUNT_ID_TEXT_SIZE], created[CTL_INSTANT_SIZE];

	account_format_id(overview->ref.id, id);
	printf("account  %s of tenant %d, since %s\n"
	       "state    %s%s%s%s\n"
	       "has      %d memberships, %d live access tokens\n",
		id, overview->ref.tenant_id, ctl_instant(overview->created_us, created),
		overview->is_active ? "active" : "disabled",
		overview->is_deleted ? ", deleted" : "",
		overview->is_locked ? ", locked out" : "", overview->is_risk ? ", a risk" : "",
		overview->n_memberships, overview->n_tokens);
	if (!str_is_empty(overview->own_flags))
		printf("own      %s\n", overview->own_flags);
}

static void print_user(const struct overview_user *user)
{
	char openid[STR_MASKED_SIZE], unionid[STR_MASKED_SIZE], name[STR_MASKED_SIZE],
		phone[STR_MASKED_SIZE];

	printf("user     %d, app %s, openid %s, unionid %s, name %s, phone %s, member %d\n",
		user->id, user->appid == NULL ? "-" : user->appid, masked(user->openid, openid),
		masked(user->unionid, unionid), masked(user->name, name),
		masked(user->phone, phone), user->member_id);
}

static void print_merge(const struct overview_merge *merge)
{
	char id[ACCOUNT_ID_TEXT_SIZE], created[CTL_INSTANT_SIZE];

	account_format_id(merge->merged, id);
	printf("merge    %lld, of %s, at %s%s\n", (long long)merge->id, id,
		ctl_instant(merge->created_us, created),
		merge->undone_us != 0 ? ", undone" : "");
}

static int show(struct ctl *ctl, const struct argument *arguments)
{
	struct account_overview overview;
	struct account_ref ref;
	enum err err;

	if (ctl_find_account(ctl, arguments[0].text, &ref) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	err = account_overview(ctl->db, &ref, &overview);
	if (err == ERR_USER_UNKNOWN)
		return ctl_fail("the account has been erased just now");
	if (err != ERR_NONE)
		return ctl_status(err, "");
	print_state(&overview);
	for (size_t i = 0; i < overview.n_users; i++)
		print_user(&overview.users[i]);
	for (size_t i = 0; i < overview.n_merges; i++)
		print_merge(&overview.merges[i]);
	return EXIT_SUCCESS;
}

const struct command command_account_show = {
	.name = "account show",
	.arguments = "ACCOUNT",
	.summary = "Shows an account, its WeChat users and what was merged into it",
	.details = CTL_ACCOUNT "Personal data are masked, times UTC+8.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = show,
};
