#include <errno.h>

#include "arena.h"
#include "ascii.h"
#include "binder.h"
#include "json_reader.h"
#include "negotiate.h"
#include "str.h"

static const struct text unreadable = {
	"消息从此处起无法读取。", "The message cannot be read from here on."};
static const struct text of_other_kind = {
	"消息的类型不符。", "The message is not of the kind that is read here."};

/* Returns false if the text is not of the field's kind. */
static bool set_from_text(struct binder *binder, const struct field *field, const char *text)
{
	bool is_bool = field->kind == FIELD_BOOL || field->kind == FIELD_FLAG;
	struct date date;
	int64_t value;

	if (field->kind == FIELD_DATE) {
		if (!date_parse_json(text, &date))
			return false;
		binder_set_date(binder, field, &date);
		return true;
	}
	if (is_bool ? !binder_parse_bool(text, &value) : !binder_parse_int(text, &value))
		return false;
	binder_set_int(binder, field, value);
	return true;
}

static bool is_strict(const struct binder *binder)
{
	return binder->options->flavour == JSON_EXACT;
}

static void set_from_string(
	struct binder *binder, const struct field *field, const struct json_reader *reader)
{
	bool has_nul = strlen(reader->text) != reader->size;

	if (field->kind == FIELD_STR)
		binder_set_string(binder, field, reader->text, reader->size);
	else if (is_strict(binder) && !(reader->size == 0 && field->null_clears))
		binder_refuse(binder, field);
	else if (reader->size == 0)
		binder_set_empty(binder, field);
	else if (has_nul || !set_from_text(binder, field, reader->text))
		binder_refuse(binder, field);
}

/* In Json.NET 0x10 is 16 and 010 is 8, as with base 0. */
static bool parse_bare_int(const struct json_reader *reader, int64_t *value_r)
{
	char *end;

	errno = 0;
	*value_r = strtoll(reader->text, &end, 0);
	return errno == 0 && end == reader->text + reader->size;
}

/* Rounds to the nearest integer, halves to the even one. */
static bool parse_rounded(const struct json_reader *reader, int64_t *value_r)
{
	char *end;
	double number = strtod(reader->text, &end);
	double rest;

	if (end != reader->text + reader->size || !(number > -0x1p63 && number < 0x1p63))
		return false;
	*value_r = (int64_t)number;
	rest = number - (double)*value_r;
	if (rest > 0.5 || (rest == 0.5 && *value_r % 2 != 0))
		++*value_r;
	else if (rest < -0.5 || (rest == -0.5 && *value_r % 2 != 0))
		--*value_r;
	return true;
}

static void set_from_number(
	struct binder *binder, const struct field *field, const struct json_reader *reader)
{
	int64_t value;

	if (is_strict(binder) && field->kind != FIELD_INT32 && field->kind != FIELD_INT64 &&
		!field->takes_scalars)
		binder_refuse(binder, field);
	else if (field->kind == FIELD_STR)
		binder_set_string(binder, field,
			arena_strndup(binder->arena, reader->text, reader->size), reader->size);
	else if (field->kind != FIELD_DATE &&
		(parse_bare_int(reader, &value) ||
			(field->kind == FIELD_INT64 && parse_rounded(reader, &value))))
		binder_set_int(binder, field, value);
	else
		binder_refuse(binder, field);
}

static enum json_token set_from_boolean(
	struct binder *binder, const struct field *field, enum json_token token)
{
	const char *text = token == TOKEN_TRUE ? "true" : "false";

	if (is_strict(binder) && field->kind != FIELD_BOOL && !field->takes_scalars) {
		binder_refuse(binder, field);
		return token;
	}
	if (field->kind == FIELD_INT32 || field->kind == FIELD_DATE)
		return binder_goes_on_without(binder, field) ? token : TOKEN_BAD;
	if (field->kind == FIELD_STR)
		binder_set_string(binder, field, text, strlen(text));
	else
		binder_set_int(binder, field, token == TOKEN_TRUE);
	return token;
}

static enum json_token refuse_nested(struct binder *binder, const struct field *field,
	struct json_reader *reader, enum json_token token)
{
	if (field->kind == FIELD_INT64 || is_strict(binder)) {
		binder_refuse(binder, field);
		return json_skip(reader, token);
	}
	if (binder_goes_on_without(binder, field))
		return json_skip(reader, token);
	/* Json.NET reads the bracket as a stray character and then fails at its counterpart. */
	if (token == TOKEN_ARRAY)
		binder_fail(binder, "", &unreadable);
	return TOKEN_BAD;
}

static enum json_token json_read_object(struct binder *binder, struct json_reader *reader);

static enum json_token read_inner_object(
	struct binder *binder, const struct field *field, struct json_reader *reader)
{
	struct binder inner;
	enum json_token token;

	binder_enter(binder, field, &inner);
	token = json_read_object(&inner, reader);
	binder_leave(binder, &inner);
	return token;
}

/* Returns the largest possible number of elements. */
static size_t n_elements_at_most(const struct json_reader *reader)
{
	size_t n = 1;

	for (const char *at = reader->at; at < reader->end; at++)
		n += *at == ',';
	return n;
}

/* An element that is no string, or over the field's maximum, is refused. */
static enum json_token read_strings(
	struct binder *binder, const struct field *field, struct json_reader *reader)
{
	const char **items =
		arena_array(binder->arena, const char *, n_elements_at_most(reader));
	struct string_list strings = {.items = items};
	enum json_token token;

	for (size_t i = 0; (token = json_next(reader)) != TOKEN_ARRAY_END; i++) {
		const char *text = token == TOKEN_STRING ? reader->text : NULL;

		if (token < TOKEN_CUT && binder_takes_item(binder, field, i, text, reader->size))
			items[strings.n_items++] = text;
		else
			token = json_skip(reader, token);
		if (token >= TOKEN_CUT)
			return token;
	}
	binder_set_strings(binder, field, &strings);
	return token;
}

/* Returns the last token of the value, or why the message cannot be read on. */
static enum json_token set_member(
	struct binder *binder, const struct field *field, struct json_reader *reader)
{
	enum json_token token = json_next(reader);

	switch (token) {
	case TOKEN_STRING:
		set_from_string(binder, field, reader);
		return token;
	case TOKEN_NUMBER:
		set_from_number(binder, field, reader);
		return token;
	case TOKEN_NULL:
		binder_set_empty(binder, field);
		return token;
	case TOKEN_TRUE:
	case TOKEN_FALSE:
		return set_from_boolean(binder, field, token);
	case TOKEN_OBJECT:
		if (field->kind == FIELD_OBJECT)
			return read_inner_object(binder, field, reader);
		return refuse_nested(binder, field, reader, token);
	case TOKEN_ARRAY:
		if (field->kind == FIELD_STR_LIST)
			return read_strings(binder, field, reader);
		return refuse_nested(binder, field, reader, token);
	default:
		return token;
	}
}

static const struct field *find_trimmed(
	const struct field *field, const char *name, size_t name_size)
{
	while (name_size > 0 && ascii_is_space(*name))
		name++, name_size--;
	while (name_size > 0 && ascii_is_space(name[name_size - 1]))
		name_size--;
	for (; field->kind != FIELD_END_OF_TABLE; field++)
		if (strlen(field->name) == name_size && memcmp(field->name, name, name_size) == 0)
			return field;
	return NULL;
}

static const struct field *json_find_field(
	const struct binder *binder, const char *name, size_t name_size)
{
	const struct field *field;

	if (binder->options->flavour == JSON_LOOSE)
		return find_trimmed(binder->shape->fields, name, name_size);
	if (strlen(name) != name_size)
		return NULL;
	for (field = binder->shape->fields; field->kind != FIELD_END_OF_TABLE; field++) {
		if (strcmp(field->name, name) == 0)
			return field;
	}
	if (binder->options->flavour == JSON_JACKSON || is_strict(binder))
		return NULL;
	for (field = binder->shape->fields; field->kind != FIELD_END_OF_TABLE; field++) {
		if (str_equal_nocase(field->name, name))
			return field;
	}
	for (field = binder->shape->fields; field->kind != FIELD_END_OF_TABLE; field++) {
		if (!binder->options->is_emulating && field->property != NULL &&
			str_equal_nocase(field->property, name))
			return field;
	}
	return NULL;
}

/* If a message ends early, Json.NET keeps what it has read. A list drops its bad elements, so that
 * nobody would see that its end is missing. */
static bool keeps_what_was_read(const struct binder *binder, enum json_token token)
{
	return token != TOKEN_BAD && binder->options->flavour == JSON_NET &&
		(binder->shape->kind == SHAPE_OBJECT || binder->options->is_emulating);
}

static void give_up(struct binder *binder, enum json_token token, const char *name)
{
	binder_fail_named(binder, name, &unreadable);
	if (!keeps_what_was_read(binder, token))
		binder->model = NULL;
}

/* If the first member is "$ref", Json.NET reads a reference to an object, which no message has. */
static void read_reference(struct binder *binder, struct json_reader *reader)
{
	if (json_next(reader) == TOKEN_NAME)
		binder_fail_named(binder, reader->text, &unreadable);
	binder->model = NULL;
}

static bool is_reference(const struct binder *binder, const char *name, enum json_token value)
{
	return value == TOKEN_STRING && strcmp(name, "$ref") == 0 &&
		binder->options->flavour == JSON_NET;
}

static enum json_token read_member(
	struct binder *binder, struct json_reader *reader, const char **name_r)
{
	const struct field *field = json_find_field(binder, reader->text, reader->size);

	*name_r = field != NULL ? field->name : reader->text;
	if (field != NULL && field->is_read_only)
		binder_refuse_read_only(binder, field);
	if (field == NULL || field->is_read_only)
		return json_skip(reader, json_next(reader));
	return set_member(binder, field, reader);
}

/* Returns the last token of the object, or why the message cannot be read on. */
static enum json_token json_read_object(struct binder *binder, struct json_reader *reader)
{
	const char *name = "";

	for (bool is_first = true;; is_first = false) {
		enum json_token token = json_next(reader);

		if (token == TOKEN_OBJECT_END)
			return token;
		if (token == TOKEN_NAME)
			token = read_member(binder, reader, &name);
		if (token >= TOKEN_CUT) {
			give_up(binder, token, name);
			return token;
		}
		if (is_first && is_reference(binder, name, token)) {
			read_reference(binder, reader);
			return token;
		}
	}
}

static bool json_parse_element(
	const struct json_reader *reader, enum json_token token, int32_t *item_r)
{
	int64_t value;

	if (token == TOKEN_STRING) {
		if (strlen(reader->text) != reader->size || !binder_parse_int(reader->text, &value))
			return false;
	} else if (token != TOKEN_NUMBER || !parse_bare_int(reader, &value)) {
		return false;
	}
	*item_r = (int32_t)value;
	return value >= INT32_MIN && value <= INT32_MAX;
}

static void json_read_list(struct binder *binder, struct json_reader *reader)
{
	struct int32_list *list = binder_list(binder);
	int32_t *items = arena_array(binder->arena, int32_t, n_elements_at_most(reader));

	list->items = items;
	for (size_t i = 0;; i++) {
		enum json_token token = json_next(reader);

		if (token == TOKEN_ARRAY_END)
			return;
		if (token != TOKEN_STRING && token != TOKEN_NUMBER && token != TOKEN_NULL) {
			give_up(binder, token < TOKEN_CUT ? TOKEN_BAD : token, "");
			return;
		}
		if (json_parse_element(reader, token, &items[list->n_items]))
			list->n_items++;
		else
			binder_refuse_element(binder, i);
	}
}

static void refuse_root(struct binder *binder, struct json_reader *reader, enum json_token token)
{
	bool is_blank = token == TOKEN_CUT && reader->text == NULL;
	bool is_nothing =
		is_blank || token == TOKEN_NULL || (token == TOKEN_STRING && reader->size == 0);
	const char *name = "";

	/* For a list Json.NET reads on to see whether the object has "$values". */
	if (token == TOKEN_OBJECT && json_next(reader) == TOKEN_NAME)
		name = reader->text;
	if (!is_nothing)
		binder_fail_named(binder, name, &of_other_kind);
	binder->model = NULL;
}

/* The originals of the dialects do not look at text after the document. */
static void json_read_text(struct binder *binder, char *text, size_t size)
{
	struct json_reader reader;
	enum json_token token;

	json_reader_init(&reader, binder->options->flavour, text, size);
	token = json_next(&reader);
	if (binder->shape->kind == SHAPE_OBJECT && token == TOKEN_OBJECT)
		json_read_object(binder, &reader);
	else if (binder->shape->kind == SHAPE_LIST && token == TOKEN_ARRAY)
		json_read_list(binder, &reader);
	else
		refuse_root(binder, &reader, token);
	if (is_strict(binder) && binder->model != NULL && !json_has_ended(&reader))
		give_up(binder, TOKEN_BAD, "");
}

/* Where JSON is read strictly it is UTF-8, whatever byte order mark there is. */
static char *json_decode(struct binder *binder, const struct body *body, size_t *size_r)
{
	return is_strict(binder) && !str_is_utf8(body->bytes, body->size)
		? NULL
		: negotiate_decode(body, binder->options->is_emulating, binder->arena, size_r);
}

void bind_json(const struct shape *shape, const struct bind_options *options, struct arena *arena,
	const struct body *body, struct binding *binding_r)
{
	struct binder binder;
	size_t size;
	char *text;

	binder_init(&binder, shape, options, arena);
	text = json_decode(&binder, body, &size);
	if (text != NULL) {
		json_read_text(&binder, text, size);
	} else {
		binder_fail(&binder, "", &binder_not_utf8);
		binder.model = NULL;
	}
	binder_finish(&binder, binding_r);
}
