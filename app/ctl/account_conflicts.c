#include "account.h"
#include "account_conflict.h"
#include "account_link.h"
#include "app_move.h"
#include "command.h"
#include "str.h"

static const char *const reasons[] = {
	[CONFLICT_UNIONID] = "another unionid",
	[CONFLICT_OPENID] = "two openids",
	[CONFLICT_MEMBER] = "two members",
	[CONFLICT_OFF] = "one is off",
	[CONFLICT_APART] = "taken apart",
};

static void print_row(void *ctx, const struct account_conflict *conflict)
{
	static const uint8_t nobody[SECRET_UUID_SIZE];
	char account[ACCOUNT_ID_TEXT_SIZE], other[ACCOUNT_ID_TEXT_SIZE];
	char openid[STR_MASKED_SIZE], unionid[STR_MASKED_SIZE];

	(void)ctx;
	account_format_id(conflict->account_id, account);
	account_format_id(conflict->other_id, other);
	str_mask(conflict->openid, openid);
	str_mask(conflict->unionid, unionid);
	printf("%6lld  %6d  %-15s  %s  %s  %-11s  %s\n", (long long)conflict->id,
		conflict->tenant_id, reasons[conflict->reason], account,
		memcmp(conflict->other_id, nobody, sizeof(nobody)) == 0 ? "-" : other, openid,
		unionid);
}

static void print_suspect(void *ctx, const char *appid, int32_t n_users)
{
	(void)ctx;
	fprintf(stderr, "App %s: " CTL_SUSPECT ".\n", appid, n_users, appid);
}

static int list(struct ctl *ctl, const struct argument *arguments)
{
	enum err err;

	(void)arguments;
	printf("    ID  TENANT  %-15s  %-36s  %-36s  %-11s  UNIONID\n", "REASON", "ACCOUNT",
		"OTHER ACCOUNT", "OPENID");
	err = account_conflict_list(ctl->db, print_row, NULL);
	if (err == ERR_NONE)
		err = app_move_suspects(ctl->db, print_suspect, NULL);
	return ctl_status(err, "");
}

static int dismiss(struct ctl *ctl, const struct argument *arguments)
{
	const int32_t id = arguments[0].number;

	return ctl_done(account_conflict_dismiss(ctl->db, id),
		"there is no such open conflict; see: wxuserctl account conflicts",
		"Conflict %d is off the list; its accounts stay apart.", id);
}

const struct command command_account_conflicts = {
	.name = "account conflicts",
	.arguments = "",
	.summary = "Lists unionids that could not be acted upon",
	.details = "A login brought a unionid that says that two accounts are one person, but\n"
		   "they have different unionids, two openids of one app, or different members,\n"
		   "or one may not log in, or an operator has undone their merge. Both go on as\n"
		   "they are. Merge them (wxuserctl account merge), or take the conflict from the\n"
		   "list (wxuserctl account dismiss).\n",
	.needs = NEEDS_DB,
	.run = list,
};

const struct command command_account_dismiss = {
	.name = "account dismiss",
	.arguments = "ID",
	.summary = "Takes a conflict from the list; its accounts stay apart",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = dismiss,
};
