#include <stdio.h>

#include "arena.h"
#include "fold.h"
#include "request.h"
#include "v1/errors.h"
#include "v1/faults.h"

static const struct field fault_fields[] = {
	FIELD(struct v1_fault, pointer, STR, .name = "pointer",
		.text = {"出错成员的 JSON 指针，如 /profile/name；空串为整个请求体",
			"JSON pointer to the member, as /profile/name; \"\" is the whole body"}),
	FIELD(struct v1_fault, code, STR, .name = "code",
		.text = {"value 或 read_only", "value or read_only"}),
	FIELD(struct v1_fault, detail, STR, .name = "detail",
		.text = {"原因", "what is wrong with it"}),
	FIELD_END
};

const struct shape v1_fault_shape = {
	.name = "Fault", .size = sizeof(struct v1_fault), .fields = fault_fields,
};

static struct v1_fault v1_fault_of(struct request *req, const struct bind_error *error)
{
	return (struct v1_fault){
		.pointer = arena_printf(
			req->arena, "%s%s", *error->field == '\0' ? "" : "/", error->field),
		.code = error->is_read_only ? V1_CODE_READ_ONLY : V1_CODE_VALUE,
		.detail = request_prefers_english(req) ? error->text.en : error->text.zh,
	};
}

struct object_list v1_faults_of(struct request *req)
{
	const struct bind_error *error;
	struct v1_fault *faults;
	size_t n = 0;

	if (req->err != ERR_PARAMETER)
		return (struct object_list){0};
	for (error = req->binding.errors; error != NULL; error = error->next)
		n++;
	faults = arena_array(req->arena, struct v1_fault, n);
	n = 0;
	for (error = req->binding.errors; error != NULL; error = error->next)
		faults[n++] = v1_fault_of(req, error);
	return (struct object_list){.items = faults, .n_items = n};
}

const struct text *v1_check_line(const char *text)
{
	static const struct text has_control = {
		"不能含有控制字符。", "A control character is not allowed."};

	return fold_has_control(text) ? &has_control : NULL;
}

const struct text *v1_check_plain_name(const char *name)
{
	static char zh[64], en[64];
	static const struct text problem = {zh, en};
	uint32_t hidden;

	if (!fold_find_hidden(name, &hidden))
		return NULL;
	snprintf(zh, sizeof(zh), "含有看不见的字符 U+%04X。", (unsigned)hidden);
	snprintf(en, sizeof(en), "It holds U+%04X, which cannot be seen.", (unsigned)hidden);
	return &problem;
}

enum err v1_refuse_member(struct request *req, const char *field, struct text text)
{
	struct bind_error *error = arena_new_of(req->arena, struct bind_error);

	*error = (struct bind_error){.field = field, .text = text, .next = req->binding.errors};
	req->binding.errors = error;
	return ERR_PARAMETER;
}

const struct text v1_one_to_find_by = {
	"须恰好给出一个查找条件。", "Exactly one member to find by is needed."};
