/*
 * What the tenant's flags of ACCOUNT_CUSTOMER_FLAGS() mean, for the reference.
 */
#ifndef FLAG_TEXTS_H
#define FLAG_TEXTS_H

#define FLAG_TEXT_is_mini_program_remind {"是否小程序提醒", "whether the mini program reminds"}
#define FLAG_TEXT_is_close_order_pda {"是否可用 PDA 关闭订单", "whether a PDA may close orders"}
#define FLAG_TEXT_is_show_statistics_pda {"是否显示 PDA 统计", "whether a PDA shows statistics"}
#define FLAG_TEXT_is_show_no_fee_leave_button                                                   \
	{"是否显示免费离场按钮", "whether the button to leave without a fee is shown"}
#define FLAG_TEXT_can_balance_pay {"是否可用余额支付", "whether the balance can pay"}

#endif
