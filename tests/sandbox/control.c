#include "control.h"

#include "arena.h"
#include "json_writer.h"
#include "request.h"
#include "store.h"

static const struct dialect_error errors[ERR_N] = {
	[ERR_NOT_FOUND] = {404, 0, "", "The sandbox has no such control."},
	[ERR_METHOD] = {405, 0, "", "This control takes another method."},
	[ERR_TOO_LARGE] = {413, 0, "", "The body is over the limit."},
	[ERR_MEDIA_TYPE] = {415, 0, "", "Controls read application/json."},
	[ERR_BAD_REQUEST] = {400, 0, "", "The request cannot be read."},
	[ERR_PARAMETER] = {400, 0, "", "A member is missing or malformed."},
	[ERR_FORBIDDEN] = {403, 0, "", "Not from there."},
	[ERR_BUSY] = {503, 0, "", "The sandbox's database does not answer."},
	[ERR_INTERNAL] = {500, 0, "", "An internal error has occurred."},
};

const char *control_path(struct arena *arena, const char *path)
{
	return path == NULL || *path == '/' ? path : arena_printf(arena, "/%s", path);
}

enum err control_find_app(struct request *req, const char *appid, struct sandbox_app *app_r)
{
	enum err err = appid != NULL ? store_find_app(req->db, appid, app_r)
				     : store_first_app(req->db, app_r);

	if (err == ERR_ABSENT)
		return request_fail(req, ERR_PARAMETER, "no such app: POST /sandbox/apps first");
	return err;
}

static void answer(struct request *req)
{
	response_set(req, 200, "application/json");
	json_write(&req->response.body, req->endpoint->response, req->out);
}

static void refuse(struct request *req)
{
	const struct dialect_error *error = request_error(req, req->err);

	response_set(req, error->status, "application/json");
	buf_append_str(&req->response.body, "{\"error\":");
	json_write_string(&req->response.body, error->en);
	buf_append_str(&req->response.body, ",\"reason\":");
	json_write_string(&req->response.body, req->err_reason);
	buf_append_char(&req->response.body, '}');
}

const struct dialect control_dialect = {
	.name = "sandbox",
	.prefix = "sandbox/",
	.is_case_sensitive = true,
	.takes_head = true,
	.formats = FORMAT_JSON,
	.flavour = JSON_JACKSON,
	.errors = errors,
	.answers = ANSWER_PLAIN,
	.answer = answer,
	.refuse = refuse,
};
