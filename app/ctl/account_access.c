#include "account_access.h"
#include "command.h"

enum { ACCOUNT };

#define DETAILS                                                                                 \
	"ACCOUNT is an account's id, or that of one which was merged into it, or the openid of\n" \
	"one of its WeChat users.\n"

static int change(struct ctl *ctl, const struct argument *arguments,
	enum err (*rule)(struct db *db, const struct account_ref *ref))
{
	struct account_ref ref;
	enum err err = account_named(ctl->db, arguments[ACCOUNT].text, &ref);

	if (err == ERR_NONE)
		err = rule(ctl->db, &ref);
	if (err == ERR_USER_UNKNOWN)
		return ctl_fail("there is no such account");
	if (err != ERR_NONE)
		return ctl_fail_db(err, "several tenants have this openid; give the account's id");
	return EXIT_SUCCESS;
}

static int disable(struct ctl *ctl, const struct argument *arguments)
{
	return change(ctl, arguments, account_disable);
}

static int enable(struct ctl *ctl, const struct argument *arguments)
{
	return change(ctl, arguments, account_enable);
}

static int log_out(struct ctl *ctl, const struct argument *arguments)
{
	return change(ctl, arguments, account_log_out);
}

const struct command command_account_disable = {
	.name = "account disable",
	.arguments = "ACCOUNT",
	.summary = "Ends an account's logins and refuses new ones",
	.details = DETAILS,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = disable,
};

const struct command command_account_enable = {
	.name = "account enable",
	.arguments = "ACCOUNT",
	.summary = "Lets an account log in again",
	.details = DETAILS,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = enable,
};

const struct command command_account_logout_everywhere = {
	.name = "account logout-everywhere",
	.arguments = "ACCOUNT",
	.summary = "Ends an account's logins",
	.details = DETAILS,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = log_out,
};
