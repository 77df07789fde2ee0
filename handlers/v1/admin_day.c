#include "statistics_rows.h"
#include "v1/admin_shapes.h"

#define COUNT(member, zh, en)                                                                   \
	FIELD(struct admin_day, member, INT32, .name = #member, .text = {zh, en})

static const struct field refused_fields[] = {
	FIELD(struct day_refusals, error, STR, .name = "error",
		.text = {"错误，同日志的 err", "the error, as err in the log"}),
	FIELD(struct day_refusals, n, INT32, .name = "count", .text = {"次数", "how often"}),
	FIELD_END
};

static const struct shape refused_shape = {
	.name = "RefusedLogins", .size = sizeof(struct day_refusals), .fields = refused_fields,
};

static const struct field day_fields[] = {
	FIELD(struct admin_day, day, STR, .name = "day",
		.text = {"日期（UTC+8）", "the day, of UTC+8"}),
	FIELD(struct admin_day, tenant_id, INT32, .name = "tenant_id", .is_id = true,
		.text = {"租户的编号；0 为不存在的应用", "id of the tenant; 0: unknown apps"}),
	FIELD(struct admin_day, appid, STR, .name = "appid", .max = 64, .may_be_null = true,
		.text = {"微信应用的 appid；null 为整个租户", "appid; null: the whole tenant"}),
	COUNT(logins, "成功的登录", "logins that succeeded"),
	COUNT(active_users, "活跃用户；整个租户的每人只算一次",
		"users who were active; of a tenant each person once"),
	COUNT(new_users, "其中当天新建的", "those of them stored that day"),
	COUNT(refused, "被拒绝的登录", "logins that were refused"),
	FIELD(struct admin_day, refusals, OBJECT_LIST, .name = "refusals", .shape = &refused_shape,
		.text = {"被拒绝的登录，按错误", "the same, by error"}),
	COUNT(sms_codes, "短信验证码", "codes by SMS"),
	COUNT(phone_numbers, "手机号按钮得到的号码",
		"numbers of the phone button"),
	COUNT(members_bound, "绑定会员的用户",
		"users who were bound to a member"),
	FIELD_END
};

const struct shape admin_day_shape = {
	.name = "Day", .size = sizeof(struct admin_day), .fields = day_fields,
};

struct admin_day admin_day_of(const struct day_statistics *day)
{
	return (struct admin_day){
		.day = day->day,
		.tenant_id = day->tenant_id,
		.appid = day->appid,
		.logins = day->n[STATISTIC_LOGINS],
		.active_users = day->n[STATISTIC_ACTIVE_USERS],
		.new_users = day->n[STATISTIC_NEW_USERS],
		.refused = day->n[STATISTIC_REFUSED],
		.sms_codes = day->n[STATISTIC_SMS_CODES],
		.phone_numbers = day->n[STATISTIC_PHONE_NUMBERS],
		.members_bound = day->n[STATISTIC_MEMBERS_BOUND],
		.refusals = {.items = day->refusals, .n_items = day->n_refusals},
	};
}
