#include "account.h"
#include "account_admin.h"
#include "command.h"

enum { ACCOUNT };

static int change(struct ctl *ctl, const struct argument *arguments,
	enum err (*rule)(struct db *db, const struct account_ref *ref), const char *outcome)
{
	char id[ACCOUNT_ID_TEXT_SIZE];
	struct account_ref ref;
	enum err err;

	if (ctl_find_account(ctl, arguments[ACCOUNT].text, &ref) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	err = rule(ctl->db, &ref);
	if (err == ERR_USER_UNKNOWN)
		return ctl_fail("the account is deleted");
	account_format_id(ref.id, id);
	return ctl_done(err, "", "Account %s %s.", id, outcome);
}

static int disable(struct ctl *ctl, const struct argument *arguments)
{
	return change(ctl, arguments, account_disable, "is disabled and logged out");
}

static int enable(struct ctl *ctl, const struct argument *arguments)
{
	return change(ctl, arguments, account_enable, "may log in");
}

static int log_out(struct ctl *ctl, const struct argument *arguments)
{
	return change(ctl, arguments, account_log_out, "is logged out everywhere");
}

const struct command command_account_disable = {
	.name = "account disable",
	.arguments = "ACCOUNT",
	.summary = "Ends an account's logins and refuses new ones",
	.details = CTL_ACCOUNT,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = disable,
};

const struct command command_account_enable = {
	.name = "account enable",
	.arguments = "ACCOUNT",
	.summary = "Lets an account log in again",
	.details = CTL_ACCOUNT,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = enable,
};

const struct command command_account_logout_everywhere = {
	.name = "account logout-everywhere",
	.arguments = "ACCOUNT",
	.summary = "Ends an account's logins",
	.details = CTL_ACCOUNT,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = log_out,
};
