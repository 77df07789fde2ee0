#include "admin/admin_app.h"
#include "app.h"
#include "request.h"

enum err admin_app_find(struct request *req, struct app *app_r)
{
	enum err err = app_find(req->db, req->path_parameter, app_r);

	if (err == ERR_APP_UNKNOWN ||
		(err == ERR_NONE && app_r->tenant_id != req->principal.tenant_id))
		return request_fail(req, ERR_NOT_FOUND, "no such app of the tenant");
	return err;
}

enum err admin_app_refuse_gone(struct request *req, enum err err)
{
	return err == ERR_PARAMETER ? request_fail(req, ERR_NOT_FOUND, "the app has gone") : err;
}
