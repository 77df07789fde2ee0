#include "call_store.h"
#include "control.h"
#include "endpoints.h"
#include "request.h"

struct query {
	const char *path;
};

struct call_list {
	const char *path;
	int32_t count;
	struct object_list calls;
};

static const struct field query_fields[] = {
	FIELD(struct query, path, STR, .name = "path", .max = 128),
	FIELD_END
};

static const struct shape query_shape = {
	.name = "WhichCalls", .size = sizeof(struct query), .fields = query_fields,
};

static const struct field call_fields[] = {
	FIELD(struct api_call, at, STR, .name = "at"),
	FIELD(struct api_call, path, STR, .name = "path"),
	FIELD(struct api_call, appid, STR, .name = "appid"),
	FIELD(struct api_call, code, STR, .name = "code"),
	FIELD(struct api_call, openid, STR, .name = "openid"),
	FIELD(struct api_call, fault, STR, .name = "fault"),
	FIELD(struct api_call, answer, STR, .name = "answer"),
	FIELD_END
};

static const struct shape call_shape = {
	.name = "Call", .size = sizeof(struct api_call), .fields = call_fields,
};

static const struct field list_fields[] = {
	FIELD(struct call_list, path, STR, .name = "path"),
	FIELD(struct call_list, count, INT32, .name = "count"),
	FIELD(struct call_list, calls, OBJECT_LIST, .name = "calls", .shape = &call_shape),
	FIELD_END
};

static const struct shape list_shape = {
	.name = "Calls", .size = sizeof(struct call_list), .fields = list_fields,
};

static enum err calls(struct request *req)
{
	const struct query *query = req->in;
	struct call_list *list = req->out;
	struct api_call *rows;
	enum err err;

	list->path = control_path(req->arena, query->path);
	err = call_store_list(req->db, list->path, &rows, &list->calls.n_items);
	list->calls.items = rows;
	return err == ERR_NONE ? call_store_count(req->db, list->path, &list->count) : err;
}

const struct sandbox_endpoint control_calls = CONTROL("GET", "sandbox/calls",
	"How often WeChat's APIs were called, and with what; no secrets", calls,
	.source = FROM_QUERY, .request = &query_shape, .answer = ANSWER_PLAIN,
	.response = &list_shape);
