#include <string.h>

#include "err.h"
#include "html.h"
#include "members.h"
#include "told.h"

#define TYPES_MAX 32

/* A section of a page: the request or the answer. A request has nothing of a member that is read
 * only, so the type of such a member is told with the answer. */
struct members {
	FILE *out;
	const struct endpoint *endpoint;
	const char *section; /* in the anchors of its types */
	bool is_request;
	const struct text *place; /* of a parameter; NULL: the members are the body's */
	const struct shape *types[TYPES_MAX]; /* those that have been written */
	size_t n_types;
};

static bool members_tell_type_of(const struct members *members, const struct field *field)
{
	return field->shape != NULL && !(members->is_request && field->is_read_only);
}

static void members_put_type(const struct members *members, const struct field *field)
{
	const char *collection = field->kind == FIELD_OBJECT_LIST ? "Collection of " : "";
	FILE *out = members->out;

	static const char *const names[] = {
		[FIELD_STR] = "string", [FIELD_INT32] = "integer", [FIELD_INT64] = "integer",
		[FIELD_BOOL] = "boolean", [FIELD_FLAG] = "integer", [FIELD_DATE] = "date",
		[FIELD_INSTANT] = "date-time", [FIELD_EPOCH] = "integer",
		[FIELD_INT32_LIST] = "Collection of integer",
		[FIELD_INT64_LIST] = "Collection of integer",
		[FIELD_STR_LIST] = "Collection of string", [FIELD_NULL] = "object",
	};

	if (field->shape == NULL)
		fprintf(out, "<code>%s</code>", names[field->kind]);
	else if (members_tell_type_of(members, field))
		fprintf(out, "<a href=\"#%s-%s\"><code>%s%s</code></a>", members->section,
			field->shape->name, collection, field->shape->name);
	else
		fprintf(out, "<code>%s%s</code>", collection, field->shape->name);
}

static void members_put_note(FILE *out, const char *zh, const char *en)
{
	fputs("<li>", out);
	html_put_both(out, "span", zh, en);
	fputs("</li>", out);
}

static void members_put_maximum(FILE *out, const struct field *field)
{
	char zh[80], en[80];

	if (field->kind == FIELD_STR) {
		snprintf(zh, sizeof(zh), "最多 %d 个字符%s", field->max,
			field->ignores_blanks ? "，空格和连字符不计" : "");
		snprintf(en, sizeof(en), "at most %d characters%s", field->max,
			field->ignores_blanks ? " without blanks and dashes" : "");
	} else if (field->kind == FIELD_STR_LIST) {
		snprintf(zh, sizeof(zh), "每个最多 %d 个字符", field->max);
		snprintf(en, sizeof(en), "each at most %d characters", field->max);
	} else {
		snprintf(zh, sizeof(zh), "0 到 %d", field->max);
		snprintf(en, sizeof(en), "from 0 to %d", field->max);
	}
	members_put_note(out, zh, en);
}

/* What a value of another type does, or one that is too long. */
static void members_put_unfit(FILE *out, const struct field *field)
{
	const bool is_text = field->kind == FIELD_STR || field->kind == FIELD_STR_LIST;

	if (field->is_lenient && is_text)
		members_put_note(out, "过长或类型不符时忽略",
			"ignored if it is too long or of another type");
	else if (field->is_lenient)
		members_put_note(out, "类型不符时忽略", "ignored if it is of another type");
	else if (is_text)
		members_put_note(out, "过长或类型不符时拒绝",
			"refused if it is too long or of another type");
	else
		members_put_note(out, "类型不符时拒绝", "refused if it is of another type");
}

/* Of a member of a request. */
static void members_put_reading(const struct members *members, const struct field *field)
{
	FILE *out = members->out;

	if (members->place != NULL)
		members_put_note(out, members->place->zh, members->place->en);
	if (field->is_read_only)
		members_put_note(out, "只读", "read only");
	else if (members->place == NULL)
		members_put_unfit(out, field);
	if (field->is_trimmed)
		members_put_note(out, "首尾的空白和控制字符会去掉",
			"blanks and control characters around it are removed");
	if (field->null_clears && field->kind == FIELD_OBJECT)
		members_put_note(out, "null 清除其全部成员", "null clears all its members");
	else if (field->null_clears)
		members_put_note(out, "null 或空串表示清除", "null and \"\" clear it");
}

static void members_put_other_name(
	FILE *out, const struct field *field, const char *format_name, enum format format)
{
	const char *name = told_field_name(field, format);

	if (strcmp(name, field->name) != 0)
		fprintf(out, "<li>%s: <code>%s</code></li>", format_name, name);
}

/* XML names say nothing of a member that no XML has. */
static void members_put_notes(const struct members *members, const struct field *field)
{
	const unsigned formats = told_formats(members->endpoint);
	FILE *out = members->out;

	fputs("<ul class=\"notes\">", out);
	if (field->is_required)
		members_put_note(out, "必填", "required");
	if (members->is_request)
		members_put_reading(members, field);
	if (!members->is_request && field->may_be_null)
		members_put_note(out, "可能为 null", "may be null");
	if (field->is_optional)
		members_put_note(out, "没有值时不出现", "absent if it has no value");
	if (field->max != 0 && !(members->is_request && field->is_read_only))
		members_put_maximum(out, field);
	if (field->kind == FIELD_INT64 || field->kind == FIELD_INT64_LIST)
		members_put_note(out, "64 位，应答中带引号", "64 bits, in quotes in an answer");
	if (field->kind == FIELD_FLAG)
		members_put_note(out, "0 或 1", "0 or 1");
	if ((formats & FORMAT_FORM) != 0 && field->name != NULL)
		members_put_other_name(out, field, "Form", FORMAT_FORM);
	if ((formats & FORMAT_XML) != 0 && field->name != NULL)
		members_put_other_name(out, field, "XML", FORMAT_XML);
	fputs("</ul>", out);
}

static void members_put_row(const struct members *members, const struct field *field)
{
	FILE *out = members->out;

	fputs("<tr><th scope=\"row\"><code>", out);
	html_put(out, field->name == NULL ? "[ ]" : field->name);
	fputs("</code></th><td class=\"meaning\">", out);
	if (field->text.zh != NULL) /* the elements of a list need none */
		html_put_text(out, "span", &field->text);
	if (members->is_request && field->request_text.zh != NULL) {
		fputs("<br>", out);
		html_put_text(out, "span", &field->request_text);
	}
	fputs("</td><td class=\"type\">", out);
	members_put_type(members, field);
	fputs("</td><td>", out);
	members_put_notes(members, field);
	fputs("</td></tr>\n", out);
}

static void members_begin_table(FILE *out)
{
	static const struct text columns[] = {
		{"名称", "Name"}, {"说明", "Description"}, {"类型", "Type"},
		{"附加信息", "Additional information"}};

	fputs("<table class=\"members\">\n<thead><tr>", out);
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		fputs("<th scope=\"col\">", out);
		html_put_text(out, "span", &columns[i]);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
}

static void members_put_rows(const struct members *members, const struct shape *shape)
{
	for (const struct field *at = shape->fields; at->kind != FIELD_END_OF_TABLE; at++)
		members_put_row(members, at);
}

static void members_end_table(FILE *out)
{
	fputs("</tbody>\n</table>\n", out);
}

static bool members_take_type(struct members *members, const struct shape *shape)
{
	for (size_t i = 0; i < members->n_types; i++)
		if (members->types[i] == shape)
			return false;
	if (members->n_types == TYPES_MAX)
		BUG("a message of over %d types", TYPES_MAX);
	members->types[members->n_types++] = shape;
	return true;
}

static void members_write_types(struct members *members, const struct shape *shape);

/* Writes the table of a type, and of those within. */
static void members_write_type(struct members *members, const struct shape *shape)
{
	if (!members_take_type(members, shape))
		return;
	fprintf(members->out, "<h3 id=\"%s-%s\"><code>%s</code></h3>\n", members->section,
		shape->name, shape->name);
	members_begin_table(members->out);
	members_put_rows(members, shape);
	members_end_table(members->out);
	members_write_types(members, shape);
}

static void members_write_types(struct members *members, const struct shape *shape)
{
	for (const struct field *at = shape->fields; at->kind != FIELD_END_OF_TABLE; at++)
		if (members_tell_type_of(members, at))
			members_write_type(members, at->shape);
}

void members_write_request(FILE *out, struct arena *arena, const struct endpoint *endpoint)
{
	const struct field app = {
		.name = "X-WX-AppId", .kind = FIELD_STR, .text = *told_app(endpoint)};
	const struct field parameter = {.name = told_parameter(arena, endpoint),
		.kind = FIELD_STR, .text = endpoint->parameter, .is_required = true};
	struct members members = {
		.out = out, .endpoint = endpoint, .section = "request", .is_request = true};

	static const struct text path = {"在路径中", "in the path"},
				 header = {"请求头", "a header"},
				 query = {"查询参数", "in the query"};

	members_begin_table(out);
	members.place = &path;
	if (parameter.name != NULL)
		members_put_row(&members, &parameter);
	members.place = &header;
	if (told_takes_app(endpoint))
		members_put_row(&members, &app);
	members.place = endpoint->source == FROM_QUERY ? &query : NULL;
	if (endpoint->request != NULL)
		members_put_rows(&members, endpoint->request);
	members_end_table(out);
	if (endpoint->request != NULL)
		members_write_types(&members, endpoint->request);
}

/* The type of what is in the envelope: of a list, that of its elements. */
static const struct shape *members_inner_type(const struct endpoint *endpoint)
{
	const struct shape *response = endpoint->response;

	return response != NULL && response->kind == SHAPE_LIST ? response->fields->shape
								: response;
}

static void members_put_payload(const struct members *members)
{
	const struct endpoint *endpoint = members->endpoint;
	const struct shape *inner = members_inner_type(endpoint);
	const struct field payload = {
		.name = endpoint->dialect->payload,
		.element = endpoint->dialect->payload_element,
		.kind = inner == NULL                   ? FIELD_NULL
			: inner == endpoint->response ? FIELD_OBJECT
						      : FIELD_OBJECT_LIST,
		.shape = inner,
		.text = {"成功时返回的数据", "what is returned after a success"},
		/* What stands beside is there after a success only. */
		.may_be_null = !endpoint->dialect->has_members_beside,
		.is_optional = endpoint->dialect->has_members_beside,
	};

	members_put_row(members, &payload);
}

static void members_write_enveloped(struct members *members)
{
	const struct endpoint *endpoint = members->endpoint;
	const struct dialect *dialect = endpoint->dialect;
	const bool has_payload = dialect->payload != NULL &&
		(endpoint->response != NULL || dialect->keeps_payload);

	members_begin_table(members->out);
	if (has_payload)
		members_put_payload(members);
	else if (endpoint->response != NULL)
		members_put_rows(members, endpoint->response);
	members_put_rows(members, dialect->envelope);
	members_end_table(members->out);
	if (has_payload && endpoint->response != NULL)
		members_write_type(members, members_inner_type(endpoint));
	members_write_types(members, dialect->envelope);
}

void members_write_answer(FILE *out, const struct endpoint *endpoint)
{
	struct members members = {.out = out, .endpoint = endpoint, .section = "answer"};

	if (endpoint->dialect->envelope != NULL && endpoint->answer != ANSWER_PLAIN) {
		members_write_enveloped(&members);
	} else if (endpoint->response != NULL) {
		members_begin_table(out);
		members_put_rows(&members, endpoint->response);
		members_end_table(out);
		members_write_types(&members, endpoint->response);
	}
}

void members_write_refusal(FILE *out, const struct dialect *dialect)
{
	const struct endpoint any = {.dialect = dialect};
	struct members members = {.out = out, .endpoint = &any, .section = dialect->name};

	members_begin_table(out);
	members_put_rows(&members, dialect->refusal);
	members_end_table(out);
	members_write_types(&members, dialect->refusal);
}

void members_write_headers(FILE *out, unsigned headers)
{
	const struct endpoint any = {.formats = FORMAT_JSON};
	const struct members members = {.out = out, .endpoint = &any};

	members_begin_table(out);
	for (enum header header = 0; header < HEADER_N; header++)
		if ((headers & (1U << header)) != 0)
			members_put_row(&members, &header_fields[header]);
	members_end_table(out);
}
