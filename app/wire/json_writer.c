#include "clock.h"
#include "err.h"
#include "escape.h"
#include "json_writer.h"
#include "str.h"

static size_t json_write_escape(struct buf *buf, const char *text)
{
	static const char letters[] = "btn\0fr";
	const unsigned char c = (unsigned char)*text;
	const char letter = c >= '\b' && c <= '\r' ? letters[c - '\b'] : '\0';

	if (c < ' ' && letter == '\0') {
		buf_printf(buf, "\\u%04x", c);
		return 1;
	}
	if (c < 0x80) {
		buf_append_char(buf, '\\');
		buf_append_char(buf, letter != '\0' ? letter : *text);
		return 1;
	}
	if (strncmp(text, "\xc2\x85", 2) == 0) {
		buf_append_str(buf, "\\u0085");
		return 2;
	}
	if (strncmp(text, "\xe2\x80\xa8", 3) == 0 || strncmp(text, "\xe2\x80\xa9", 3) == 0) {
		buf_append_str(buf, text[2] == '\xa8' ? "\\u2028" : "\\u2029");
		return 3;
	}
	return 0;
}

void json_write_string(struct buf *buf, const char *text)
{
	static const bool is_special[UCHAR_MAX + 1] = {
		[0 ... ' ' - 1] = true, ['"'] = true, ['\\'] = true, [0xc2] = true, [0xe2] = true};

	if (text == NULL) {
		buf_append_str(buf, "null");
		return;
	}
	buf_append_char(buf, '"');
	escape_text(buf, text, is_special, json_write_escape);
	buf_append_char(buf, '"');
}

/* A name in a table contains nothing that must be escaped. */
static void write_name(struct buf *buf, const char *name)
{
	buf_append_char(buf, '"');
	buf_append_str(buf, name);
	buf_append_str(buf, "\":");
}

static void write_int64(struct buf *buf, int64_t value)
{
	buf_append_char(buf, '"');
	buf_append_int(buf, value);
	buf_append_char(buf, '"');
}

static void write_date(struct buf *buf, const struct date *date)
{
	buf_append_char(buf, '"');
	date_write_plain(buf, date);
	buf_append_char(buf, '"');
}

/* As 2026-11-29T10:39:18.754Z. */
static void write_instant(struct buf *buf, int64_t instant_us)
{
	char text[CLOCK_SECOND_SIZE + sizeof(".754Z")];
	struct civil at;
	char *end;

	if (instant_us == 0) {
		buf_append_str(buf, "null");
		return;
	}
	clock_to_civil(instant_us, 0, &at);
	end = clock_put_second(text, &at, 'T');
	*end++ = '.';
	end = str_put_digits(end, (unsigned)at.microsecond / 1000, 3);
	*end++ = 'Z';
	*end = '\0';
	json_write_string(buf, text);
}

static void open_element(struct buf *buf, size_t i)
{
	if (i > 0)
		buf_append_char(buf, ',');
}

static void write_int32_list(struct buf *buf, const struct int32_list *list)
{
	buf_append_char(buf, '[');
	for (size_t i = 0; i < list->n_items; i++) {
		open_element(buf, i);
		buf_append_int(buf, list->items[i]);
	}
	buf_append_char(buf, ']');
}

static void write_int64_list(struct buf *buf, const struct int64_list *list)
{
	buf_append_char(buf, '[');
	for (size_t i = 0; i < list->n_items; i++) {
		open_element(buf, i);
		write_int64(buf, list->items[i]);
	}
	buf_append_char(buf, ']');
}

static void write_string_list(struct buf *buf, const struct string_list *list)
{
	buf_append_char(buf, '[');
	for (size_t i = 0; i < list->n_items; i++) {
		open_element(buf, i);
		json_write_string(buf, list->items[i]);
	}
	buf_append_char(buf, ']');
}

static void write_object_list(
	struct buf *buf, const struct shape *shape, const struct object_list *list)
{
	const char *item = list->items;

	buf_append_char(buf, '[');
	for (size_t i = 0; i < list->n_items; i++) {
		open_element(buf, i);
		json_write(buf, shape, item + i * shape->size);
	}
	buf_append_char(buf, ']');
}

static bool is_null_list(const struct field *field, const void *at)
{
	switch (field->kind) {
	case FIELD_INT32_LIST:
		return ((const struct int32_list *)at)->is_null;
	case FIELD_INT64_LIST:
		return ((const struct int64_list *)at)->is_null;
	case FIELD_STR_LIST:
		return ((const struct string_list *)at)->is_null;
	case FIELD_OBJECT_LIST:
		return ((const struct object_list *)at)->is_null;
	default:
		return false;
	}
}

static void write_value(struct buf *buf, const struct field *field, const void *model)
{
	const void *at = (const char *)model + field->offset;

	if (is_null_list(field, at)) {
		buf_append_str(buf, "null");
		return;
	}
	switch (field->kind) {
	case FIELD_STR:
		json_write_string(buf, *(const char *const *)at);
		return;
	case FIELD_INT32:
		buf_append_int(buf, *(const int32_t *)at);
		return;
	case FIELD_INT64:
		write_int64(buf, *(const int64_t *)at);
		return;
	case FIELD_BOOL:
		buf_append_str(buf, *(const bool *)at ? "true" : "false");
		return;
	case FIELD_FLAG:
		buf_append_char(buf, *(const bool *)at ? '1' : '0');
		return;
	case FIELD_DATE:
		write_date(buf, at);
		return;
	case FIELD_INSTANT:
		write_instant(buf, *(const int64_t *)at);
		return;
	case FIELD_EPOCH:
		buf_append_int(buf, *(const int64_t *)at / CLOCK_SECOND_US);
		return;
	case FIELD_INT32_LIST:
		write_int32_list(buf, at);
		return;
	case FIELD_INT64_LIST:
		write_int64_list(buf, at);
		return;
	case FIELD_STR_LIST:
		write_string_list(buf, at);
		return;
	case FIELD_OBJECT:
		json_write(buf, field->shape, *(const void *const *)at);
		return;
	case FIELD_OBJECT_LIST:
		write_object_list(buf, field->shape, at);
		return;
	case FIELD_NULL:
		buf_append_str(buf, "null");
		return;
	case FIELD_END_OF_TABLE:
		break;
	}
	BUG("field %s has no kind", field->name);
}

static bool is_left_out(const struct field *field, const void *model)
{
	const void *at = (const char *)model + field->offset;

	if (!field->is_optional)
		return false;
	switch (field->kind) {
	case FIELD_INT32:
		return *(const int32_t *)at == 0;
	case FIELD_INSTANT:
	case FIELD_EPOCH:
		return *(const int64_t *)at == 0;
	case FIELD_STR:
	case FIELD_OBJECT:
		return *(const void *const *)at == NULL;
	default:
		return is_null_list(field, at);
	}
}

void json_write_members(struct buf *buf, const struct shape *shape, const void *model)
{
	const struct field *field = shape->fields;
	size_t n_written = 0;

	for (; field->kind != FIELD_END_OF_TABLE; field++) {
		if (is_left_out(field, model))
			continue;
		open_element(buf, n_written++);
		write_name(buf, field->name);
		write_value(buf, field, model);
	}
}

void json_write(struct buf *buf, const struct shape *shape, const void *model)
{
	if (model == NULL) {
		buf_append_str(buf, "null");
		return;
	}
	if (shape->kind == SHAPE_LIST) {
		write_value(buf, shape->fields, model);
		return;
	}
	buf_append_char(buf, '{');
	json_write_members(buf, shape, model);
	buf_append_char(buf, '}');
}
