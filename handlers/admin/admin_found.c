#include "admin/admin_found.h"
#include "limit.h"
#include "person_find.h"
#include "request.h"
#include "user_find.h"

enum err admin_found(struct request *req, struct found_user *user_r)
{
	struct found_users found = {0};
	enum err err = ERR_NONE;
	int32_t id;

	limit_note_rows(req, 1);
	if (request_path_id(req, &id))
		err = user_find_id(req->db, req->principal.tenant_id, id, &found);
	if (err != ERR_NONE)
		return err;
	if (found.n_users == 0)
		return request_fail(req, ERR_NOT_FOUND, "no such user");
	*user_r = found.users[0];
	return ERR_NONE;
}

struct person admin_found_person(const struct found_user *user)
{
	return (struct person){
		.tenant_id = user->tenant_id,
		.account_id = user->account_id,
		.wechat_user_id = user->id,
	};
}
