#include "account_admin.h"
#include "admin/admin_id.h"
#include "arena.h"
#include "request.h"
#include "str.h"

bool admin_path_id(const struct request *req, int64_t *id_r)
{
	return *req->path_parameter >= '1' && *req->path_parameter <= '9' &&
		str_parse_int64(req->path_parameter, id_r);
}

enum err admin_account_find(struct request *req, const char *id, struct account_ref *ref_r)
{
	struct uuid uuid;

	if (!uuid_parse(id, &uuid))
		return ERR_USER_UNKNOWN;
	return account_find_of_tenant(req->db, req->principal.tenant_id, uuid, ref_r);
}

const char *admin_uuid(struct request *req, struct uuid id)
{
	char *text = arena_alloc(req->arena, UUID_TEXT_SIZE);

	uuid_format(id, text);
	return uuid_is_nil(id) ? NULL : text;
}
