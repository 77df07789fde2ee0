#include "account_admin.h"
#include "command.h"

enum { ACCOUNT, FLAG, VALUE };

/* In the order of VALUE's choices. */
static const enum own_flag values[] = {OWN_TRUE, OWN_FALSE, OWN_NONE};

static int set(struct ctl *ctl, const struct argument *arguments)
{
	struct account_ref ref;
	enum err err;

	if (ctl_find_account(ctl, arguments[ACCOUNT].text, &ref) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	err = account_set_flag(
		ctl->db, &ref, arguments[FLAG].text, values[arguments[VALUE].number]);
	if (err == ERR_USER_UNKNOWN)
		return ctl_fail("the account is deleted");
	return ctl_done(err, "an account has no such flag; see: wxuserctl account set --help",
		"%s is %s.", arguments[FLAG].text,
		values[arguments[VALUE].number] == OWN_NONE ? "as its tenant has it"
							    : arguments[VALUE].text);
}

const struct command command_account_set = {
	.name = "account set",
	.arguments = "ACCOUNT FLAG true|false|none",
	.summary = "Gives an account a flag of its own in the place of its tenant's",
	.details = CTL_ACCOUNT
		   "FLAG is one of can_balance_pay, is_close_order_pda, is_mini_program_remind,\n"
		   "is_show_no_fee_leave_button and is_show_statistics_pda; none takes it away\n"
		   "again, so that \"wxuserctl tenant set\" decides.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = set,
};
