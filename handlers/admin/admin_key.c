#include "admin/admin_key.h"
#include "admin/scope_names.h"
#include "api_key.h"
#include "api_key_list.h"
#include "clock.h"
#include "date.h"
#include "db.h"
#include "request.h"
#include "secret.h"
#include "trusted_network.h"
#include "v1/faults.h"

#define KEY(member, type, ...) FIELD(struct key_answer, member, type, __VA_ARGS__)
#define KEY_FIELDS                                                                              \
	KEY(id, INT32, .name = "id", .text = {"编号", "id"}),                                     \
		KEY(tenant_id, INT32, .name = "tenant_id", .is_id = true,                       \
			.text = {"租户的编号", "id of the tenant"}),                            \
		KEY(name, STR, .name = "name", .text = {"名称", "name"}),                         \
		KEY(scopes, STR_LIST, .name = "scopes",                                         \
			.text = {"权限：read、write、admin、wechat",                                  \
				"scopes: read, write, admin, wechat"}),                         \
		KEY(rate_per_s, INT32, .name = "rate_per_s",                                    \
			.text = {"每台主机每秒接受的请求数；0 不限",                                           \
				"requests that each host takes in a second; 0: any number"}),   \
		KEY(networks, STR, .name = "networks",                                          \
			.text = {"可从哪些地址使用，逗号分隔；空串不限",                                          \
				"from where it may be sent, with commas; \"\": anywhere"}),     \
		KEY(apps, STR, .name = "apps",                                                  \
			.text = {"可取微信令牌的应用，逗号分隔；空串为全部",                                        \
				"apps whose token of WeChat it may ask for, with commas; \"\": " \
				"all"}),                                                        \
		KEY(created_us, INSTANT, .name = "created_at",                                  \
			.text = {"创建时间", "when it was made"}),                                  \
		KEY(revoked_us, INSTANT, .name = "revoked_at", .may_be_null = true,             \
			.text = {"作废时间；null 表示有效",                                              \
				"when it was revoked; null: it is valid"}), \
		KEY(expires_us, INSTANT, .name = "expires_at", .may_be_null = true,             \
			.text = {"到期时间，从这时起拒绝；null 表示不到期",                    \
				"from when on it is refused; null: never"}),                    \
		KEY(used_on, STR, .name = "used_on", .max = 10, .may_be_null = true,            \
			.text = {"最后使用的日期（UTC+8）；null 表示没有用过",                  \
				"the last day, of UTC+8, on which it was used; null: none"}),   \
		KEY(successor_id, INT32, .name = "successor_id", .is_optional = true,           \
			.text = {"轮换后接替它的 key；没有轮换则没有",                          \
				"the key that took its place by a rotation; absent: none"})

static const struct field key_fields[] = {KEY_FIELDS, FIELD_END};

const struct shape admin_key_shape = {
	.name = "Key", .size = sizeof(struct key_answer), .fields = key_fields,
};

static const struct field new_key_fields[] = {
	KEY_FIELDS,
	KEY(key, STR, .name = "key", .max = SECRET_TOKEN_SIZE,
		.text = {"key 本身，只显示这一次", "the key itself, which is shown this once"}),
	FIELD_END
};

const struct shape admin_new_key_shape = {
	.name = "NewKey", .size = sizeof(struct key_answer), .fields = new_key_fields,
};

struct key_answer admin_key_from(struct arena *arena, const struct api_key *key)
{
	return (struct key_answer){
		.id = key->id,
		.tenant_id = key->tenant_id,
		.name = key->name,
		.scopes = scope_names(arena, key->scopes),
		.rate_per_s = key->rate_per_s,
		.networks = key->networks,
		.apps = key->apps,
		.created_us = key->created_us,
		.revoked_us = key->revoked_us,
		.expires_us = key->expires_us,
		.used_on = key->used_on,
		.successor_id = key->successor_id,
	};
}

enum err admin_key_read_end(struct request *req, const char *text, int64_t *expires_us_r)
{
	const bool is_never = text != NULL && *text == '\0';
	struct date end;

	*expires_us_r = is_never ? API_KEY_NEVER : 0;
	if (text == NULL || is_never)
		return ERR_NONE;
	if (date_parse_xsd(text, &end))
		*expires_us_r = date_to_instant(&end);
	return *expires_us_r > clock_now_us()
		? ERR_NONE
		: v1_refuse_member(req, "expires_at",
			  (struct text){"须为将来的时间，如 2026-12-31T16:00:00Z，或 null。",
				  "Write a time to come, as 2026-12-31T16:00:00Z, or null."});
}

enum err admin_key_check_end(
	struct request *req, const struct api_key *key, int64_t expires_us)
{
	bool has_successor;
	enum err err = expires_us == API_KEY_NEVER
		? api_key_has_successor(req->db, key, &has_successor)
		: ERR_NONE;

	if (err != ERR_NONE || expires_us != API_KEY_NEVER || !has_successor)
		return err;
	return v1_refuse_member(req, "expires_at",
		(struct text){"此 key 已轮换，接替它的 key 有效；请写它还可用到何时。",
			"The key was rotated, and its successor is valid: write until when it is "
			"still taken."});
}

enum err admin_key_check_name(struct request *req, const char *name)
{
	if (!trusted_network_has_key(req->conf, name))
		return ERR_NONE;
	return v1_refuse_member(req, "name",
		(struct text){"配置中的 auth.trusted_networks 用了这个名称；请换一个，或轮换原来的 key。",
			"auth.trusted_networks of the configuration has this name; choose another "
			"one, or rotate that key."});
}

enum err admin_key_refuse_lists(struct request *req)
{
	request_fail(req, ERR_PARAMETER, db_reason(req->db, ERR_PARAMETER));
	return v1_refuse_member(req, "apps",
		(struct text){"apps 须为本租户的应用，不重复；有 wechat 权限的 key 须有 networks。",
			"apps must be the tenant's, each once; a key with the scope wechat needs "
			"networks."});
}

enum err admin_key_refuse_right(struct request *req, int32_t lacks)
{
	static const struct {
		enum api_key_right right;
		const char *member;
		struct text text;
	} members[] = {
		{API_KEY_SCOPES, "scopes",
			{"自己没有的权限不能给别人。",
				"Nobody gives a scope that their own key lacks."}},
		{API_KEY_APPS, "apps",
			{"自己的 key 只能用于部分应用；请只写其中的应用。",
				"Your own key is for some apps; write none but these."}},
		{API_KEY_NETWORKS, "networks",
			{"自己的 key 只能从部分地址使用；请只写其中的地址或网段。",
				"Your own key is for some networks; write none but these or parts "
				"of them."}},
		{API_KEY_RATE, "rate_per_s",
			{"不能高于自己 key 的速率。", "Write no more than your own key has."}},
		{API_KEY_END, "expires_at",
			{"自己的 key 有到期时间；请写不晚于它的时间。",
				"Your own key has an end; write a time that is not later."}},
	};

	request_fail(req, ERR_PARAMETER, db_reason(req->db, ERR_FORBIDDEN));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if ((lacks & members[i].right) != 0)
			return v1_refuse_member(req, members[i].member, members[i].text);
	BUG("nothing is lacking");
}

enum err admin_key_refuse_key(struct request *req)
{
	return request_fail(req, ERR_FORBIDDEN, "the key may do what the caller's may not");
}
