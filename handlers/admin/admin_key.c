#include "admin/admin_key.h"
#include "admin/scope_names.h"
#include "api_key.h"
#include "request.h"

#define KEY(member, type, ...) FIELD(struct key_answer, member, type, __VA_ARGS__)
#define KEY_FIELDS                                                                              \
	KEY(id, INT32, .name = "id", .text = {"编号", "id"}),                                     \
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
				"when it was revoked; null: it is valid"})

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

struct key_answer admin_key_from(struct request *req, const struct api_key *key)
{
	return (struct key_answer){
		.id = key->id,
		.name = key->name,
		.scopes = scope_names(req->arena, key->scopes),
		.rate_per_s = key->rate_per_s,
		.networks = key->networks,
		.apps = key->apps,
		.created_us = key->created_us,
		.revoked_us = key->revoked_us,
	};
}
