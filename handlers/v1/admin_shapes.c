#include "app_move.h"
#include "job.h"
#include "login_refusal.h"
#include "setting.h"
#include "v1/admin_shapes.h"

#define SHAPE(NAME, MODEL, FIELDS)                                                              \
	{                                                                                       \
		.name = NAME, .size = sizeof(MODEL), .fields = FIELDS                           \
	}
#define ID(model, zh)                                                                           \
	FIELD(model, id, INT32, .name = "id", .is_id = true, .text = {zh "的编号", "id"})
#define OF_TENANT(model)                                                                        \
	FIELD(model, tenant_id, INT32, .name = "tenant_id", .is_id = true,                      \
		.text = {"租户的编号", "id of the tenant"})

static const struct field tenant_fields[] = {
	ID(struct admin_tenant, "租户"),
	FIELD(struct admin_tenant, name, STR, .name = "name", .max = 64,
		.text = {"名称", "name"}),
	FIELD(struct admin_tenant, disabled_us, INSTANT, .name = "disabled_at",
		.may_be_null = true,
		.text = {"停用时间；null 表示启用", "when it was disabled; null: it is enabled"}),
	FIELD_END
};

const struct shape admin_tenant_shape = SHAPE("Tenant", struct admin_tenant, tenant_fields);

static const struct field setting_fields[] = {
	FIELD(struct setting, name, STR, .name = "name", .text = {"名称", "name"}),
	FIELD(struct setting, value, STR, .name = "value",
		.text = {"现在的值", "what holds now"}),
	FIELD(struct setting, preset, STR, .name = "default",
		.text = {"没有设置时的值", "what holds if nothing is set"}),
	FIELD(struct setting, values, STR, .name = "values",
		.text = {"可设的值", "what it may be"}),
	FIELD(struct setting, meaning, STR, .name = "meaning",
		.text = {"含义，英文", "what it means"}),
	FIELD(struct setting, meaning_zh, STR, .name = "meaning_zh",
		.text = {"含义，中文", "the same in Chinese"}),
	FIELD(struct setting, is_of_operator, BOOL, .name = "by_operator",
		.text = {"是否只能由服务的运行者用 wxuserctl tenant set 修改，因为费用由其承担",
			"whether only who runs the service changes it, by wxuserctl tenant set, "
			"since it spends their money"}),
	FIELD_END
};

const struct shape admin_setting_shape = SHAPE("Setting", struct setting, setting_fields);

static const struct field app_fields[] = {
	ID(struct admin_app, "应用"),
	OF_TENANT(struct admin_app),
	FIELD(struct admin_app, appid, STR, .name = "appid", .max = 64,
		.text = {"微信应用的 appid", "appid"}),
	FIELD(struct admin_app, kind, STR, .name = "kind",
		.text = {"mini、official、mobile 或 web", "mini, official, mobile or web"}),
	FIELD(struct admin_app, open_platform, STR, .name = "open_platform", .max = 64,
		.may_be_null = true,
		.text = {"开放平台账号的名称", "name of its Open Platform account"}),
	FIELD(struct admin_app, is_default, BOOL, .name = "is_default",
		.text = {"未指明应用的请求是否归它", "whether calls that name no app are for it"}),
	FIELD_END
};

const struct shape admin_app_shape = SHAPE("App", struct admin_app, app_fields);

static const struct field move_fields[] = {
	FIELD(struct app_move_report, appid, STR, .name = "appid", .max = 64,
		.text = {"微信应用的 appid", "appid"}),
	FIELD(struct app_move_report, from, STR, .name = "from",
		.text = {"原来的开放平台账号", "the Open Platform account before"}),
	FIELD(struct app_move_report, to, STR, .name = "to",
		.text = {"现在的开放平台账号", "the Open Platform account now"}),
	FIELD(struct app_move_report, since_us, INSTANT, .name = "moved_at",
		.text = {"迁移时间", "when it moved"}),
	FIELD(struct app_move_report, n_moved, INT32, .name = "users_moved",
		.text = {"已有新 unionid 的用户数", "users who have the new unionid"}),
	FIELD(struct app_move_report, n_to_come, INT32, .name = "users_to_come",
		.text = {"仍只有旧 unionid 的用户数", "users who have the old one alone"}),
	FIELD(struct app_move_report, n_conflicts, INT32, .name = "conflicts",
		.text = {"未处理的冲突数", "conflicts that are not settled"}),
	FIELD_END
};

const struct shape admin_move_shape = SHAPE("Move", struct app_move_report, move_fields);

static const struct field conflict_fields[] = {
	FIELD(struct admin_conflict, id, INT64, .name = "id", .is_id = true,
		.text = {"冲突的编号", "id of the conflict"}),
	OF_TENANT(struct admin_conflict),
	FIELD(struct admin_conflict, reason, STR, .name = "reason",
		.text = {"未合并的原因", "why they were not merged"}),
	FIELD(struct admin_conflict, account_id, STR, .name = "account_id",
		.text = {"账号", "id of the account"}),
	FIELD(struct admin_conflict, other_account_id, STR, .name = "other_account_id",
		.may_be_null = true, .text = {"另一个账号", "id of the other account"}),
	FIELD(struct admin_conflict, openid, STR, .name = "openid",
		.text = {"openid，只露首尾", "openid, masked"}),
	FIELD(struct admin_conflict, unionid, STR, .name = "unionid",
		.text = {"unionid，只露首尾", "unionid, masked"}),
	FIELD(struct admin_conflict, created_us, INSTANT, .name = "created_at",
		.text = {"出现时间", "when it came up"}),
	FIELD_END
};

const struct shape admin_conflict_shape =
	SHAPE("Conflict", struct admin_conflict, conflict_fields);

static const struct field refusal_fields[] = {
	FIELD(struct login_refusal, tenant_id, INT32, .name = "tenant_id", .is_id = true,
		.is_optional = true,
		.text = {"租户的编号；应用不存在时没有", "id of the tenant; absent of an unknown app"}),
	FIELD(struct login_refusal, appid, STR, .name = "appid", .max = 64, .may_be_null = true,
		.text = {"微信应用的 appid", "appid"}),
	FIELD(struct login_refusal, openid, STR, .name = "openid", .may_be_null = true,
		.text = {"openid，只露首尾；微信没有给出时为 null",
			"openid, masked; null if WeChat has named none"}),
	FIELD(struct login_refusal, is_claimed, BOOL, .name = "is_claimed",
		.text = {"openid 只是客户端所称，未经证明",
			"whether the client alone has named the openid"}),
	FIELD(struct login_refusal, error, STR, .name = "error",
		.text = {"错误，同日志的 err", "the error, as err in the log"}),
	FIELD(struct login_refusal, reason, STR, .name = "reason", .may_be_null = true,
		.text = {"具体原因，同日志", "its cause, as in the log"}),
	FIELD(struct login_refusal, address, STR, .name = "client", .may_be_null = true,
		.text = {"同一地址的请求相同", "the same for requests from one address"}),
	FIELD(struct login_refusal, request_id, STR, .name = "request_id",
		.text = {"响应头 X-Request-Id", "the answer's X-Request-Id"}),
	FIELD(struct login_refusal, happened_us, INSTANT, .name = "happened_at",
		.text = {"时间", "when it happened"}),
	FIELD_END
};

const struct shape admin_refusal_shape =
	SHAPE("LoginRefusal", struct login_refusal, refusal_fields);

static const struct field job_fields[] = {
	FIELD(struct job_state, name, STR, .name = "name", .text = {"名称", "name"}),
	FIELD(struct job_state, does, STR, .name = "does", .text = {"作用", "what it does"}),
	FIELD(struct job_state, ended_us, INSTANT, .name = "ended_at", .may_be_null = true,
		.text = {"上次成功的时间", "when it last succeeded"}),
	FIELD(struct job_state, n_rows, INT64, .name = "rows",
		.text = {"上次处理的行数", "rows done then"}),
	FIELD(struct job_state, failed_us, INSTANT, .name = "failed_at", .may_be_null = true,
		.text = {"其后失败的时间", "when it has failed since"}),
	FIELD(struct job_state, due_us, INSTANT, .name = "due_at", .may_be_null = true,
		.text = {"下次的时间；null 为现在", "when it is due; null: now"}),
	FIELD(struct job_state, holder, STR, .name = "done_by",
		.text = {"正在处理它的进程", "the process that does it now"}),
	FIELD_END
};

const struct shape admin_job_shape = SHAPE("Job", struct job_state, job_fields);

static const struct field maintenance_fields[] = {
	FIELD(struct admin_maintenance, is_on_here, BOOL, .name = "here",
		.text = {"本机是否在维护", "whether it is on for this host"}),
	FIELD(struct admin_maintenance, is_on_everywhere, BOOL, .name = "everywhere",
		.text = {"所有主机是否在维护", "whether it is on for all hosts"}),
	FIELD(struct admin_maintenance, changed_us, INSTANT, .name = "changed_at",
		.may_be_null = true,
		.text = {"对所有主机的上次变更", "when that last changed for all hosts"}),
	FIELD(struct admin_maintenance, changed_by, STR, .name = "changed_by",
		.may_be_null = true, .text = {"变更者", "by whom"}),
	FIELD_END
};

const struct shape admin_maintenance_shape =
	SHAPE("Maintenance", struct admin_maintenance, maintenance_fields);
