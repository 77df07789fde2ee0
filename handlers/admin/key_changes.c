#include "admin/admin_key.h"
#include "admin/dialect.h"
#include "admin/scope_names.h"
#include "api_key.h"
#include "api_key_list.h"
#include "arena.h"
#include "network.h"
#include "request.h"
#include "v1/faults.h"

struct key_request {
	const char *name;
	struct string_list scopes;
	int32_t rate_per_s;
	const char *networks, *apps, *expires;
};

#define ASKED(member, type, ...) FIELD(struct key_request, member, type, __VA_ARGS__)
#define LIMIT_FIELDS                                                                            \
	ASKED(rate_per_s, INT32, .name = "rate_per_s",                                          \
		.text = {"每台主机每秒接受的请求数；不填：新建为 1000，自己的 key 更低则同它，修改时不变",             \
			"requests that each host takes in a second; absent: 1000 of a new key, " \
			"or those of the own key if less, else unchanged"}), \
		ASKED(networks, STR, .name = "networks", .max = 255,                            \
			.text = {"可从哪些地址使用，如 192.0.2.7,10.1.2.0/24；空串不限；不填：新建同自己的 key",        \
				"from where it may be sent, as 192.0.2.7,10.1.2.0/24; \"\": "    \
				"anywhere; absent: of a new key those of the own one"}), \
		ASKED(apps, STR, .name = "apps", .max = 255, .is_id = true,                     \
			.text = {"可取微信令牌的应用，逗号分隔；空串为全部；不填：新建同自己的 key",                    \
				"apps whose token of WeChat it may ask for, with commas; \"\": " \
				"all; absent: of a new key those of the own one"}), \
		ASKED(expires, STR, .name = "expires_at", .max = 40, .null_clears = true,       \
			.text = {"到期时间，如 2026-12-31T16:00:00Z；null 不到期；不填：新建同自己的 key，修改时不变", \
				"from when on it is refused, as 2026-12-31T16:00:00Z; null: "   \
				"never; absent: of a new key as the own one, else unchanged"})

static const struct field request_fields[] = {
	ASKED(name, STR, .name = "name", .max = 64, .is_required = true,
		.is_trimmed = true, .check = v1_check_plain_name,
		.text = {"名称，审计中可见", "name, which the audit tells"}),
	ASKED(scopes, STR_LIST, .name = "scopes", .max = 8, .is_required = true,
		.text = {"权限：read、write、admin、wechat，只能是自己也有的；admin 可在管理接口查找、显示、删除全部用户",
			"scopes: read, write, admin, wechat; none that the caller lacks; admin "
			"finds, reveals and erases all users by the Admin API"}),
	LIMIT_FIELDS,
	FIELD_END
};

static const struct shape request_shape = {
	.name = "KeyRequest", .size = sizeof(struct key_request), .fields = request_fields,
};

static enum err check_limits(struct request *req, const struct key_request *in)
{
	const char *word;
	size_t size;

	if (in->rate_per_s < 0)
		return v1_refuse_member(req, "rate_per_s",
			(struct text){"须为 1 或更多。", "It must be 1 or more."});
	if (in->networks == NULL || !network_list_find_problem(in->networks, &word, &size))
		return ERR_NONE;
	return v1_refuse_member(req, "networks",
		(struct text){"须为地址或 CIDR，逗号分隔。", "Write addresses or CIDR, with commas."});
}

static enum err check_scopes(struct request *req, int32_t scopes)
{
	if (scopes == 0)
		return v1_refuse_member(req, "scopes",
			(struct text){"须为 read、write、admin、wechat 中的一个或几个。",
				"Write one or more of read, write, admin and wechat."});
	return ERR_NONE;
}

static enum err keys_post(struct request *req)
{
	const struct key_request *in = req->in;
	struct key_answer *out = req->out;
	struct api_key key = {
		.tenant_id = req->principal.tenant_id,
		.name = in->name,
		.scopes = scope_set(&in->scopes),
		.rate_per_s = in->rate_per_s,
		.networks = in->networks,
		.apps = in->apps,
	};
	struct api_key_giver giver = {.id = req->principal.key_id};
	char *text = arena_alloc(req->arena, SECRET_TOKEN_SIZE + 1);
	enum err err = admin_key_check_name(req, in->name);

	if (err == ERR_NONE)
		err = check_scopes(req, key.scopes);
	if (err == ERR_NONE)
		err = check_limits(req, in);
	if (err == ERR_NONE)
		err = admin_key_read_end(req, in->expires, &key.expires_us);
	if (err != ERR_NONE)
		return err;
	err = api_key_add(req->db, &key, &giver, text);
	if (err == ERR_FORBIDDEN)
		return admin_key_refuse_right(req, giver.lacks);
	if (err == ERR_PARAMETER)
		return admin_key_refuse_lists(req);
	if (err == ERR_NONE)
		err = api_key_read(req->db, &key);
	if (err != ERR_NONE)
		return err;
	*out = admin_key_from(req->arena, &key);
	out->key = text;
	return ERR_NONE;
}

static const enum err post_errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_keys_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/keys",
	.summary = {"新建 API key", "Add an API key"},
	.details = {"key 只在应答中出现一次。重复请求会再建一个。新 key 在权限、应用、地址、速率和到期时间上"
		    "都不能超过自己的 key。",
		"The key is in this answer and nowhere else. A repetition adds another one. In "
		"scopes, apps, networks, rate and end it has no more than the own key."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &admin_new_key_shape,
	.errors = post_errors,
	.run = keys_post,
};

static const struct field change_fields[] = {LIMIT_FIELDS, FIELD_END};

static const struct shape change_shape = {
	.name = "KeyChange", .size = sizeof(struct key_request), .fields = change_fields,
};

static enum err keys_patch(struct request *req)
{
	const struct key_request *in = req->in;
	struct api_key after, key = {.tenant_id = req->principal.tenant_id};
	struct api_key_giver giver = {.id = req->principal.key_id};
	int64_t expires_us;
	enum err err = check_limits(req, in);

	if (err == ERR_NONE)
		err = admin_key_read_end(req, in->expires, &expires_us);
	if (err == ERR_NONE && !request_path_id(req, &key.id))
		err = ERR_ABSENT;
	if (err == ERR_NONE)
		err = api_key_read(req->db, &key);
	if (err == ERR_ABSENT || (err == ERR_NONE && key.revoked_us != 0))
		return request_fail(req, ERR_NOT_FOUND, "no such key that is valid");
	if (err == ERR_NONE)
		err = admin_key_check_end(req, &key, expires_us);
	if (err != ERR_NONE)
		return err;
	key.rate_per_s = in->rate_per_s;
	key.networks = in->networks;
	key.apps = in->apps;
	key.expires_us = expires_us;
	err = api_key_change(req->db, &key, &giver, &after);
	if (err == ERR_FORBIDDEN)
		return (giver.lacks & API_KEY_SCOPES) != 0
			? admin_key_refuse_key(req)
			: admin_key_refuse_right(req, giver.lacks);
	if (err == ERR_PARAMETER)
		return admin_key_refuse_lists(req);
	if (err == ERR_NONE)
		*(struct key_answer *)req->out = admin_key_from(req->arena, &after);
	return err;
}

static const enum err patch_errors[] = {ERR_NOT_FOUND, ERR_FORBIDDEN, ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_keys_patch = {
	.dialect = &admin_dialect,
	.method = "PATCH",
	.path = "v1/admin/keys/{id}",
	.parameter = {"key 的编号", "id of the key"},
	.summary = {"修改 API key 的限制和到期时间", "Change the limits and the end of an API key"},
	.details = {"本机立即生效，其他主机 5 秒之内。没有写的不变。重复请求结果相同。"
		    "放宽的限制不能超过自己的 key，改自己的 key 也一样。",
		"It holds at once on this host, within 5 s on the others. What is absent stays "
		"as it is. A repetition has the same result. A limit is widened no further than "
		"the own key's, of the own key too."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &change_shape,
	.answer = ANSWER_PLAIN,
	.response = &admin_key_shape,
	.errors = patch_errors,
	.run = keys_patch,
};
