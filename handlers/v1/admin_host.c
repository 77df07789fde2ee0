#include "key_verify.h"
#include "operator_key.h"
#include "v1/admin_host.h"

#define SHAPE(NAME, MODEL, FIELDS)                                                              \
	{                                                                                       \
		.name = NAME, .size = sizeof(MODEL), .fields = FIELDS                           \
	}

#define WORKERS(member, zh, en)                                                                 \
	FIELD(struct admin_workers, member, INT32, .name = #member, .text = {zh, en})

static const struct field workers_fields[] = {
	FIELD(struct admin_workers, pool, STR, .name = "pool",
		.text = {"core 或 remote", "core or remote"}),
	WORKERS(generation, "第几代配置", "the generation"),
	WORKERS(configured, "应有的进程数", "how many there should be"),
	WORKERS(starting, "正在启动的", "those that come up"),
	WORKERS(idle, "空闲的", "those that hold no request"),
	WORKERS(busy, "有请求的", "those that hold a request"),
	WORKERS(full, "请求已满的", "those that hold as many as they may"),
	WORKERS(in_flight, "正在处理的请求", "requests that they hold"),
	WORKERS(in_flight_max, "最多能处理的请求", "requests that they may hold"),
	FIELD_END
};

static const struct shape workers_shape = SHAPE("Workers", struct admin_workers, workers_fields);

#define MASTER(member, type, ...) FIELD(struct admin_master, member, type, __VA_ARGS__)

static const struct field master_fields[] = {
	MASTER(program, STR, .name = "program", .text = {"程序和版本", "program and version"}),
	MASTER(pid, INT32, .name = "pid", .text = {"进程号", "its process"}),
	MASTER(parent, INT32, .name = "parent",
		.text = {"启动它的进程；0 为已结束", "who started it; 0: that has ended"}),
	MASTER(state, STR, .name = "state", .text = {"状态", "state"}),
	MASTER(is_in_maintenance, BOOL, .name = "maintenance",
		.text = {"本机是否在维护", "whether maintenance is on for this host"}),
	MASTER(generation, INT32, .name = "generation",
		.text = {"第几代配置", "the generation that serves"}),
	MASTER(last_good, INT32, .name = "last_good",
		.text = {"可退回的一代", "the generation to return to"}),
	MASTER(n_failures, INT32, .name = "failures",
		.text = {"失败的重新加载和升级", "reloads and upgrades that failed"}),
	MASTER(failure, STR, .name = "failure", .may_be_null = true,
		.text = {"最近一次失败的原因", "the last of them"}),
	MASTER(restart, STR, .name = "restart", .may_be_null = true,
		.text = {"重启后才生效的配置项", "keys that take effect at a restart"}),
	MASTER(n_draining, INT32, .name = "draining",
		.text = {"收尾中的进程", "workers that finish what they hold"}),
	MASTER(workers, OBJECT_LIST, .name = "workers", .shape = &workers_shape,
		.text = {"工作进程，按进程池和代", "workers by pool and generation"}),
	FIELD_END
};

const struct shape admin_master_shape = SHAPE("Master", struct admin_master, master_fields);

static const struct field check_fields[] = {
	FIELD(struct admin_check, verdict, STR, .name = "verdict",
		.text = {"ok、warn 或 fail", "ok, warn or fail"}),
	FIELD(struct admin_check, host, STR, .name = "host", .may_be_null = true,
		.text = {"哪台数据库主机", "which host of the database"}),
	FIELD(struct admin_check, text, STR, .name = "text",
		.text = {"检查了什么，该做什么", "what was checked, and what to do"}),
	FIELD_END
};

const struct shape admin_check_shape = SHAPE("Check", struct admin_check, check_fields);

#define STATE(member, type, ...) FIELD(struct admin_key_state, member, type, __VA_ARGS__)

static const struct field key_state_fields[] = {
	STATE(file, STR, .name = "file",
		.text = {"sealing、lookup、erasure 或 audit", "sealing, lookup, erasure or audit"}),
	STATE(number, INT32, .name = "number", .text = {"密钥的编号", "number of the key"}),
	STATE(state, STR, .name = "state",
		.text = {"new、begun、in use、old、retired 或 lost",
			"new, begun, in use, old, retired or lost"}),
	STATE(values, STR, .name = "values", .may_be_null = true,
		.text = {"用它加密、哈希或签名的值的个数",
			"how many values it has sealed, hashed or signed"}),
	STATE(has_more, BOOL, .name = "has_more",
		.text = {"还有没数的行", "whether there are rows that were not counted"}),
	STATE(used_us, INSTANT, .name = "in_use_from", .may_be_null = true,
		.text = {"启用时间", "since when it is in use"}),
	FIELD_END
};

const struct shape admin_key_state_shape =
	SHAPE("KeyState", struct admin_key_state, key_state_fields);

static const struct field operator_fields[] = {
	FIELD(struct operator_key, id, INT32, .name = "id", .text = {"编号", "id"}),
	FIELD(struct operator_key, name, STR, .name = "name", .text = {"名称", "name"}),
	FIELD(struct operator_key, created_us, INSTANT, .name = "created_at",
		.text = {"创建时间", "when it was made"}),
	FIELD(struct operator_key, revoked_us, INSTANT, .name = "revoked_at", .may_be_null = true,
		.text = {"作废时间", "when it was revoked"}),
	FIELD_END
};

const struct shape admin_operator_shape =
	SHAPE("Operator", struct operator_key, operator_fields);

#define COLUMN_COUNT(member, name_, zh, en)                                                     \
	FIELD(struct verified_column, member, INT64, .name = name_, .text = {zh, en})

static const struct field verified_fields[] = {
	FIELD(struct verified_column, table, STR, .name = "table", .text = {"表", "table"}),
	FIELD(struct verified_column, name, STR, .name = "column", .text = {"列", "column"}),
	COLUMN_COUNT(n_values, "values", "值的个数", "its values"),
	COLUMN_COUNT(n_wrong, "wrong", "其中有错的", "how many of them are wrong"),
	COLUMN_COUNT(wrong_id, "first_wrong", "第一个有错的行；0 为没有",
		"the primary key of the first of these; 0: none"),
	COLUMN_COUNT(n_lost, "lost", "密钥已丢失的", "those whose key is lost"),
	FIELD_END
};

const struct shape admin_verified_shape =
	SHAPE("VerifiedColumn", struct verified_column, verified_fields);

#define FINDING(member, type, ...) FIELD(struct admin_audit_finding, member, type, __VA_ARGS__)

static const struct field finding_fields[] = {
	FINDING(fault, STR, .name = "fault",
		.text = {"entry_changed、entry_deleted、entry_unsigned、entry_unsealed、"
			 "link_changed、link_missing 或 cut_off",
			"entry_changed, entry_deleted, entry_unsigned, entry_unsealed, "
			"link_changed, link_missing or cut_off"}),
	FINDING(tenant_id, INT32, .name = "tenant_id",
		.text = {"租户；0 为安装本身", "the tenant; 0: the installation"}),
	FINDING(entry_id, INT64, .name = "entry_id", .text = {"记录；0 为没有", "entry; 0: none"}),
	FINDING(sequence, INT64, .name = "sequence",
		.text = {"审计链中的序号；0 为没有", "its link in the chain; 0: none"}),
	FINDING(n_links, INT64, .name = "links",
		.text = {"缺少的环节数", "how many links are missing"}),
	FIELD_END
};

static const struct shape finding_shape =
	SHAPE("AuditFinding", struct admin_audit_finding, finding_fields);

#define VERDICT(member, type, ...) FIELD(struct admin_audit_verdict, member, type, __VA_ARGS__)

static const struct field verdict_fields[] = {
	VERDICT(is_sound, BOOL, .name = "is_sound",
		.text = {"一切正常", "whether nothing is wrong, and nothing late"}),
	VERDICT(n_entries, INT64, .name = "entries", .text = {"验证的记录", "entries verified"}),
	VERDICT(n_chains, INT64, .name = "chains", .text = {"审计链", "chains"}),
	VERDICT(n_waiting, INT64, .name = "waiting",
		.text = {"等待封入的记录", "entries that wait to be sealed"}),
	VERDICT(n_late, INT64, .name = "late",
		.text = {"其中等了 30 分钟以上的", "those that have waited for 30 minutes"}),
	VERDICT(n_lost, INT64, .name = "lost",
		.text = {"签名的密钥已丢失的", "those whose key is lost"}),
	VERDICT(n_findings, INT64, .name = "found", .text = {"问题数", "how much is wrong"}),
	VERDICT(findings, OBJECT_LIST, .name = "findings", .shape = &finding_shape,
		.text = {"前 1000 个问题", "the first 1,000 of these"}),
	VERDICT(heads, STR, .name = "heads",
		.text = {"各链的末端，同 --since", "the heads, as --since takes them"}),
	FIELD_END
};

const struct shape admin_audit_verdict_shape =
	SHAPE("AuditVerdict", struct admin_audit_verdict, verdict_fields);
