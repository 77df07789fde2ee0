#include "account.h"
#include "arena.h"
#include "authorization.h"
#include "clock.h"
#include "customer/authorized.h"
#include "customer/dialect.h"
#include "db.h"
#include "request.h"
#include "token.h"

enum err customer_authorized(struct request *req, const struct account *account,
	const struct access_token *token)
{
	struct customer_authorization *out = req->out;
	struct customer_flags flags;
	enum err err = authorization_flags(req->db, account, &flags);

	if (err != ERR_NONE)
		return err;
	req->account_id = arena_strdup(req->arena, account->id);
	*out = (struct customer_authorization){
		.customer_id = req->account_id,
		.user_name = account->name,
		.avatar = account->avatar,
		.nick_name = account->name,
		.phone = account->phone,
		.is_mini_program_remind = flags.is_mini_program_remind,
		.is_close_order_pda = flags.is_close_order_pda,
		.is_show_statistics_pda = flags.is_show_statistics_pda,
		.is_show_no_fee_leave_button = flags.is_show_no_fee_leave_button,
		.state = CUSTOMER_STATE_OK,
		.can_balance_pay = flags.can_balance_pay,
		.access_token = arena_strdup(req->arena, token->text),
		.token_type = "bearer",
		.expires_in = (int32_t)((token->expires_us - token->issued_us) / CLOCK_SECOND_US),
		.issued = date_of_instant(token->issued_us),
		.expires = date_of_instant(token->expires_us),
	};
	return ERR_NONE;
}
