#include "control.h"
#include "endpoints.h"
#include "fault.h"
#include "hex.h"
#include "request.h"

static const struct text *check_kind(const char *value)
{
	static const struct text no_kind = {
		"kind 为 slow、hang、cut、truncate、status、html、errcode、bytes、code 或 none。",
		"The kind is slow, hang, cut, truncate, status, html, errcode, bytes, code or "
		"none."};

	return fault_is_kind(value) ? NULL : &no_kind;
}

static const struct field fault_fields[] = {
	FIELD(struct fault, path, STR, .name = "path", .max = 128, .is_required = true),
	FIELD(struct fault, kind, STR, .name = "kind", .max = 16, .is_required = true,
		.check = check_kind),
	FIELD(struct fault, value, INT32, .name = "value"),
	FIELD(struct fault, text, STR, .name = "text", .max = 128),
	FIELD(struct fault, count, INT32, .name = "count"),
	FIELD_END
};

static const struct shape fault_shape = {
	.name = "Fault", .size = sizeof(struct fault), .fields = fault_fields,
};

/* Replaces what was ordered for the path before; without a count it happens once. */
static enum err faults(struct request *req)
{
	struct fault *fault = req->out;

	*fault = *(const struct fault *)req->in;
	fault->path = control_path(req->arena, fault->path);
	if (strcmp(fault->kind, "code") == 0 && fault->text == NULL)
		return request_fail(req, ERR_PARAMETER, "a code stands in text");
	if (strcmp(fault->kind, "bytes") == 0 &&
		(fault->text == NULL || hex_check(fault->text) != NULL))
		return request_fail(req, ERR_PARAMETER, "bytes stand in text, in hexadecimal");
	if (strcmp(fault->kind, "none") == 0)
		fault->count = 0;
	else if (fault->count <= 0)
		fault->count = 1;
	return call_store_set_fault(req->db, fault);
}

const struct sandbox_endpoint control_faults = CONTROL("POST", "sandbox/faults",
	"What the next calls of a path shall suffer", faults, .source = FROM_BODY,
	.request = &fault_shape, .answer = ANSWER_PLAIN, .response = &fault_shape);

struct fault_list {
	struct object_list faults;
};

static const struct field list_fields[] = {
	FIELD(struct fault_list, faults, OBJECT_LIST, .name = "faults", .shape = &fault_shape),
	FIELD_END
};

static const struct shape list_shape = {
	.name = "Faults", .size = sizeof(struct fault_list), .fields = list_fields,
};

static enum err fault_list(struct request *req)
{
	struct fault_list *list = req->out;
	struct fault *faults;
	enum err err = call_store_list_faults(req->db, &faults, &list->faults.n_items);

	list->faults.items = faults;
	return err;
}

const struct sandbox_endpoint control_fault_list = CONTROL("GET", "sandbox/faults",
	"The faults that are still to come", fault_list, .source = FROM_NOTHING,
	.answer = ANSWER_PLAIN, .response = &list_shape);
