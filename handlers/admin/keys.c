#include "admin/admin_key.h"
#include "admin/admin_page.h"
#include "admin/dialect.h"
#include "api_key.h"
#include "api_key_list.h"
#include "request.h"

static const struct field page_fields[] = {
	ADMIN_PAGE_FIELDS(&admin_key_shape, "按编号，已作废的也在内", "by id, revoked ones too")
};

static const struct shape page_shape = {
	.name = "Keys", .size = sizeof(struct page_answer), .fields = page_fields,
};

static int64_t show_key(void *ctx, const void *row, void *item_r)
{
	const struct request *req = ctx;
	const struct api_key *key = row;

	*(struct key_answer *)item_r = admin_key_from(req->arena, key);
	return key->id;
}

static enum err keys_get(struct request *req)
{
	struct api_key *keys, after = {.tenant_id = req->principal.tenant_id};
	struct page_wanted page;
	size_t n;
	enum err err = admin_page_read(req, &page);

	after.id = page_after_int32(&page);
	if (err == ERR_NONE)
		err = api_key_page(req->db, &after, page.n_most, &keys, &n);
	if (err == ERR_NONE)
		admin_page_show(req, &page,
			&PAGE_ROWS(keys, n, struct key_answer, show_key, req));
	return err;
}

static const enum err page_errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_keys_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/keys",
	.summary = {"列出 API key", "List API keys"},
	.details = {"key 本身没有保存，只有哈希。",
		"The keys themselves are not stored, only hashes."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &admin_page_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = page_errors,
	.run = keys_get,
};

static enum err keys_delete(struct request *req)
{
	int32_t id;
	enum err err = ERR_PARAMETER;

	if (request_path_id(req, &id))
		err = api_key_revoke(req->db, req->principal.tenant_id, id);
	return err == ERR_PARAMETER ? request_fail(req, ERR_NOT_FOUND, "no such key") : err;
}

static const enum err delete_errors[] = {ERR_NOT_FOUND, ERR_NONE};

const struct endpoint admin_keys_delete = {
	.dialect = &admin_dialect,
	.method = "DELETE",
	.path = "v1/admin/keys/{id}",
	.parameter = {"key 的编号", "id of the key"},
	.summary = {"作废 API key", "Revoke an API key"},
	.details = {"它的会话随之结束。本机立即生效，其他主机 5 秒之内。已作废的也返回 204。",
		"Its sessions end with it. It holds at once on this host, within 5 s on the "
		"others. "
		"204 also if it is revoked already."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_EMPTY,
	.errors = delete_errors,
	.run = keys_delete,
};
