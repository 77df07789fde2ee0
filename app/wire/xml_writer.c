#include <inttypes.h>

#include "err.h"
#include "escape.h"
#include "xml_writer.h"

#define ARRAYS_NAMESPACE "http://schemas.microsoft.com/2003/10/Serialization/Arrays"

/* A namespace that is declared here or further out, and the elements in it. */
struct scope {
	const struct scope *outer; /* NULL: the root's, which is the default one */
	const char *namespace;
	char prefix[16]; /* "d2p1:"; "" for the default namespace */
};

struct writer {
	struct buf *buf;
	int depth; /* of the element that is being written, 1 for the root */
};

static void write_members(struct writer *writer, const struct scope *scope,
	const struct shape *shape, const void *model);

/* Markup, an end of a line that is not LF alone, and what XML 1.0 cannot contain and is left out:
 * controls, U+FFFE and U+FFFF. */
static size_t xml_write_escape(struct buf *buf, const char *text)
{
	switch (*text) {
	case '&':
		buf_append_str(buf, "&amp;");
		return 1;
	case '<':
		buf_append_str(buf, "&lt;");
		return 1;
	case '>':
		buf_append_str(buf, "&gt;");
		return 1;
	case '\r':
		buf_append_char(buf, '\n');
		return text[1] == '\n' ? 2 : 1;
	case '\xef':
		return text[1] == '\xbf' && (text[2] == '\xbe' || text[2] == '\xbf') ? 3 : 0;
	default:
		return 1;
	}
}

void xml_write_text(struct buf *buf, const char *text)
{
	static const bool is_special[UCHAR_MAX + 1] = {
		[0 ... '\b'] = true, ['\n' + 1 ... ' ' - 1] = true,
		['&'] = true, ['<'] = true, ['>'] = true, [0xef] = true};

	escape_text(buf, text, is_special, xml_write_escape);
}

static void open_tag(struct writer *writer, const struct scope *scope, const char *name)
{
	writer->depth++;
	buf_append_char(writer->buf, '<');
	buf_append_str(writer->buf, scope->prefix);
	buf_append_str(writer->buf, name);
}

static void close_tag(struct writer *writer, const struct scope *scope, const char *name)
{
	writer->depth--;
	buf_append_str(writer->buf, "</");
	buf_append_str(writer->buf, scope->prefix);
	buf_append_str(writer->buf, name);
	buf_append_char(writer->buf, '>');
}

/* Writes this in the place of '>' and what would follow. */
static void close_nil(struct writer *writer)
{
	writer->depth--;
	buf_append_str(writer->buf, " i:nil=\"true\" />");
}

static void close_empty(struct writer *writer)
{
	writer->depth--;
	buf_append_str(writer->buf, " />");
}

/* Returns, in an open tag, the scope of the namespace. Its declaration is written if it has
 * none. */
static const struct scope *enter(struct writer *writer, const struct scope *scope,
	const char *namespace, struct scope *own_r)
{
	const struct scope *outer = scope;

	while (outer != NULL && strcmp(outer->namespace, namespace) != 0)
		outer = outer->outer;
	if (outer != NULL)
		return outer;
	*own_r = (struct scope){.outer = scope, .namespace = namespace};
	snprintf(own_r->prefix, sizeof(own_r->prefix), "d%dp1:", writer->depth);
	buf_printf(writer->buf, " xmlns:d%dp1=\"%s\"", writer->depth, namespace);
	return own_r;
}

static const char *element_name(const struct field *field)
{
	if (field->element != NULL)
		return field->element;
	return field->property != NULL ? field->property : field->name;
}

static void write_number(struct buf *buf, const struct field *field, int32_t value)
{
	int32_t n = 0;

	if (field->names == NULL) {
		buf_append_int(buf, value);
		return;
	}
	while (n < value && field->names[n] != NULL)
		n++;
	if (n != value || field->names[n] == NULL)
		BUG("%s has no name for %" PRId32, field->name, value);
	buf_append_str(buf, field->names[n]);
}

static void write_simple(struct buf *buf, const struct field *field, const void *at)
{
	switch (field->kind) {
	case FIELD_STR:
		xml_write_text(buf, *(const char *const *)at);
		return;
	case FIELD_INT32:
		write_number(buf, field, *(const int32_t *)at);
		return;
	case FIELD_INT64:
		buf_append_int(buf, *(const int64_t *)at);
		return;
	case FIELD_BOOL:
		buf_append_str(buf, *(const bool *)at ? "true" : "false");
		return;
	case FIELD_DATE:
		date_write_xsd(buf, at);
		return;
	default:
		BUG("%s is of a kind that no message in XML has", field->name);
	}
}

static void write_strings(
	struct writer *writer, const struct scope *scope, const struct string_list *list)
{
	for (size_t i = 0; i < list->n_items; i++) {
		open_tag(writer, scope, "string");
		if (list->items[i] == NULL) {
			close_nil(writer);
			continue;
		}
		buf_append_char(writer->buf, '>');
		xml_write_text(writer->buf, list->items[i]);
		close_tag(writer, scope, "string");
	}
}

static void write_objects(struct writer *writer, const struct scope *scope,
	const struct shape *shape, const struct object_list *list)
{
	const char *item = list->items;

	for (size_t i = 0; i < list->n_items; i++, item += shape->size) {
		open_tag(writer, scope, shape->xml_root);
		buf_append_char(writer->buf, '>');
		write_members(writer, scope, shape, item);
		close_tag(writer, scope, shape->xml_root);
	}
}

static bool xml_is_null(const struct field *field, const void *at)
{
	switch (field->kind) {
	case FIELD_STR:
	case FIELD_OBJECT:
		return *(const void *const *)at == NULL;
	case FIELD_STR_LIST:
		return ((const struct string_list *)at)->is_null;
	case FIELD_OBJECT_LIST:
		return ((const struct object_list *)at)->is_null;
	default:
		return field->kind == FIELD_NULL;
	}
}

static bool is_empty_list(const struct field *field, const void *at)
{
	if (field->kind == FIELD_STR_LIST)
		return ((const struct string_list *)at)->n_items == 0;
	return field->kind == FIELD_OBJECT_LIST && ((const struct object_list *)at)->n_items == 0;
}

/* Returns the namespace of what the member contains. */
static const char *inner_namespace(const struct field *field, const struct scope *scope)
{
	if (field->kind == FIELD_STR_LIST)
		return ARRAYS_NAMESPACE;
	return field->shape != NULL ? field->shape->xml_namespace : scope->namespace;
}

static void write_member(struct writer *writer, const struct scope *scope,
	const struct field *field, const void *model)
{
	const void *at = (const char *)model + field->offset;
	const char *name = element_name(field);
	const struct scope *inner;
	struct scope own;

	open_tag(writer, scope, name);
	inner = enter(writer, scope, inner_namespace(field, scope), &own);
	if (xml_is_null(field, at)) {
		close_nil(writer);
		return;
	}
	if (is_empty_list(field, at)) {
		close_empty(writer);
		return;
	}
	buf_append_char(writer->buf, '>');
	if (field->kind == FIELD_OBJECT)
		write_members(writer, inner, field->shape, *(const void *const *)at);
	else if (field->kind == FIELD_OBJECT_LIST)
		write_objects(writer, inner, field->shape, at);
	else if (field->kind == FIELD_STR_LIST)
		write_strings(writer, inner, at);
	else
		write_simple(writer->buf, field, at);
	close_tag(writer, scope, name);
}

static const struct field *field_of_order(const struct shape *shape, int order)
{
	const struct field *field = shape->fields;

	while (field->kind != FIELD_END_OF_TABLE && field->order != order)
		field++;
	return field->kind != FIELD_END_OF_TABLE ? field : NULL;
}

static void write_members(struct writer *writer, const struct scope *scope,
	const struct shape *shape, const void *model)
{
	const struct field *field;

	for (int order = 1; (field = field_of_order(shape, order)) != NULL; order++)
		write_member(writer, scope, field, model);
}

void xml_write(struct buf *buf, const struct shape *shape, const void *model)
{
	const struct scope scope = {.namespace = shape->xml_namespace};
	struct writer writer = {.buf = buf};

	open_tag(&writer, &scope, shape->xml_root);
	if (model == NULL)
		buf_append_str(buf, " i:nil=\"true\"");
	buf_printf(
		buf, " xmlns:i=\"" XML_INSTANCE_NAMESPACE "\" xmlns=\"%s\"", shape->xml_namespace);
	if (model == NULL) {
		close_empty(&writer);
		return;
	}
	buf_append_char(buf, '>');
	write_members(&writer, &scope, shape, model);
	close_tag(&writer, &scope, shape->xml_root);
}
