#include "admin/admin_key.h"
#include "admin/dialect.h"
#include "api_key.h"
#include "api_key_list.h"
#include "arena.h"
#include "clock.h"
#include "db.h"
#include "request.h"
#include "v1/faults.h"

#define OVERLAP_DAYS 7
#define OVERLAP_DAYS_MAX 365

struct rotate_request {
	int32_t overlap_days;
	bool has_overlap;
	const char *expires;
};

static const struct field request_fields[] = {
	FIELD(struct rotate_request, overlap_days, INT32, .name = "overlap_days",
		.given = offsetof(struct rotate_request, has_overlap),
		.text = {"旧 key 还有效多少天，0 至 365；不填为 7",
			"days for which the old key is still taken, 0 to 365; absent: 7"}),
	FIELD(struct rotate_request, expires, STR, .name = "expires_at", .max = 40,
		.null_clears = true,
		.text = {"新 key 的到期时间；null 不到期；不填：同自己的 key",
			"from when on the new key is refused; null: never; absent: as the own "
			"key"}),
	FIELD_END
};

static const struct shape request_shape = {
	.name = "KeyRotation", .size = sizeof(struct rotate_request), .fields = request_fields,
};

static enum err read_rotation(struct request *req, struct api_key_rotation *rotation)
{
	const struct rotate_request *in = req->in;
	const int32_t days = in->has_overlap ? in->overlap_days : OVERLAP_DAYS;
	enum err err = admin_key_read_end(req, in->expires, &rotation->expires_us);

	rotation->overlap_us = days * CLOCK_DAY_US;
	if (err == ERR_NONE && (days < 0 || days > OVERLAP_DAYS_MAX))
		return v1_refuse_member(req, "overlap_days",
			(struct text){"须为 0 至 365。", "It must be 0 to 365."});
	return err;
}

static enum err refuse_rotation(
	struct request *req, const struct api_key_giver *giver, enum err err)
{
	if (err == ERR_FORBIDDEN)
		return giver->lacks == API_KEY_END ? admin_key_refuse_right(req, giver->lacks)
						   : admin_key_refuse_key(req);
	if (err == ERR_ABSENT || err == ERR_PARAMETER)
		return request_fail(
			req, ERR_NOT_FOUND, "no such key that is valid and not rotated yet");
	return err;
}

static enum err keys_rotate(struct request *req)
{
	struct key_answer *out = req->out;
	struct api_key_giver giver = {.id = req->principal.key_id};
	struct api_key_rotation rotation = {
		.tenant_id = req->principal.tenant_id, .giver = &giver};
	char *text = arena_alloc(req->arena, SECRET_TOKEN_SIZE + 1);
	enum err err = read_rotation(req, &rotation);

	if (err != ERR_NONE)
		return err;
	err = request_path_id(req, &rotation.id) ? api_key_rotate(req->db, &rotation, text)
						 : ERR_ABSENT;
	if (err == ERR_NONE)
		err = api_key_read(req->db, &rotation.successor);
	if (err != ERR_NONE)
		return refuse_rotation(req, &giver, err);
	*out = admin_key_from(req->arena, &rotation.successor);
	out->key = text;
	return ERR_NONE;
}

static const enum err errors[] = {ERR_NOT_FOUND, ERR_FORBIDDEN, ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_keys_rotate_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/keys/{id}/rotate",
	.parameter = {"key 的编号", "id of the key"},
	.summary = {"轮换 API key", "Rotate an API key"},
	.details = {"新 key 的名称、权限、速率、网络和应用与旧的相同，只在应答中出现一次；"
		    "新 key 的到期时间不随旧 key；不填 expires_at 则同自己的 key，不能晚于它。"
		    "权限、应用、地址或速率超过自己的 key 的不能轮换。"
		    "旧 key 在重叠期后失效。已有有效的接替者时返回 not_found；重复请求不会再建一个。",
		"The new key has name, scopes, rate, networks and apps of the old one, and is in "
		"this answer and nowhere else. Its end is not that of the old one: without "
		"expires_at it is that of the own key, and never later. A key with more scopes, "
		"apps, networks or rate than the own one is not rotated. The old one ends after "
		"the overlap. not_found, too, if it has a valid successor, so a repetition makes "
		"no other one."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &request_shape,
	.answer = ANSWER_PLAIN,
	.response = &admin_new_key_shape,
	.errors = errors,
	.run = keys_rotate,
};
