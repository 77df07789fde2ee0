#include <errno.h>

#include "arena.h"
#include "ascii.h"
#include "binder.h"
#include "err.h"
#include "fold.h"
#include "str.h"

#define ERRORS_MAX 64

static const struct text invalid = {"值无效。", "The value is not valid."};
static const struct text required = {"必须有值。", "A value is required."};
static const struct text has_nul = {"不能含有 NUL 字符。", "A NUL character is not allowed."};

const struct text binder_not_utf8 = {
	"消息不是 UTF-8 文本。", "The message is not text in UTF-8."};

void binder_init(struct binder *binder, const struct shape *shape,
	const struct bind_options *options, struct arena *arena)
{
	*binder = (struct binder){
		.shape = shape,
		.options = options,
		.arena = arena,
		.model = arena_alloc(arena, shape->size),
		.errors_end = &binder->errors,
	};
}

void binder_fail(struct binder *binder, const char *field, const struct text *text)
{
	struct bind_error *error;

	if (binder->n_errors++ >= ERRORS_MAX)
		return;
	error = arena_new_of(binder->arena, struct bind_error);
	*error = (struct bind_error){.field = field, .text = *text};
	*binder->errors_end = error;
	binder->errors_end = &error->next;
}

static bool binder_has(const struct binder *binder, const char *name)
{
	const struct field *field = binder->shape->fields;

	while (field->kind != FIELD_END_OF_TABLE &&
		(field->name == NULL || strcmp(field->name, name) != 0))
		field++;
	return *name == '\0' || field->kind != FIELD_END_OF_TABLE;
}

void binder_fail_named(struct binder *binder, const char *name, const struct text *text)
{
	struct bind_error **end = binder->errors_end;

	binder_fail(binder, name, text);
	if (*end != NULL)
		(*end)->is_unknown = !binder_has(binder, name);
}

static uint64_t bit_of(const struct binder *binder, const struct field *field)
{
	return UINT64_C(1) << (field - binder->shape->fields);
}

static void *settle(struct binder *binder, const struct field *field)
{
	binder->settled |= bit_of(binder, field);
	return (char *)binder->model + field->offset;
}

static const char *name_of(const struct binder *binder, const struct field *field)
{
	const char *name = binder->names_properties && field->property != NULL ? field->property
									       : field->name;

	return binder->path == NULL ? name
				    : arena_printf(binder->arena, "%s%s", binder->path, name);
}

static void note_given(struct binder *binder, const struct field *field)
{
	if (field->given != 0)
		*(bool *)((char *)binder->model + field->given) = true;
}

static bool may_be_left_out(const struct binder *binder, const struct field *field)
{
	return field->is_lenient && !binder->options->is_emulating;
}

static void fail_member(
	struct binder *binder, const struct field *field, const struct text *text)
{
	settle(binder, field);
	if (!may_be_left_out(binder, field))
		binder_fail(binder, name_of(binder, field), text);
}

void binder_refuse(struct binder *binder, const struct field *field)
{
	fail_member(binder, field, &invalid);
}

bool binder_goes_on_without(struct binder *binder, const struct field *field)
{
	const bool goes_on = may_be_left_out(binder, field);

	if (goes_on)
		binder_refuse(binder, field);
	return goes_on;
}

void binder_refuse_element(struct binder *binder, size_t i)
{
	if (binder->n_errors < ERRORS_MAX)
		binder_fail(binder, arena_printf(binder->arena, "[%zu]", i), &invalid);
}

static const struct text *too_long(const struct binder *binder, const struct field *field)
{
	struct text *text = arena_new_of(binder->arena, struct text);

	text->zh = arena_printf(binder->arena, "最多 %d 个字符。", field->max);
	text->en = arena_printf(binder->arena, "At most %d characters are allowed.", field->max);
	return text;
}

static bool is_too_long(const struct field *field, const char *text, size_t size)
{
	if (field->max == 0 || size <= field->max)
		return false;
	return (field->ignores_blanks ? fold_n_chars(text) : str_n_chars(text)) > field->max;
}

static const char *trim(struct arena *arena, const char *text, size_t *size_r)
{
	text = fold_trim(text, size_r);
	return arena_strndup(arena, text, *size_r);
}

void binder_set_string(
	struct binder *binder, const struct field *field, const char *text, size_t size)
{
	const struct text *reason = NULL;

	if (field->is_trimmed && strlen(text) == size)
		text = trim(binder->arena, text, &size);
	if (memchr(text, '\0', size) != NULL)
		reason = &has_nul;
	else if (is_too_long(field, text, size))
		reason = too_long(binder, field);
	else if (field->check != NULL && size > 0)
		reason = field->check(text);
	if (reason != NULL) {
		fail_member(binder, field, reason);
		return;
	}
	*(const char **)((char *)binder->model + field->offset) = text;
	if (size > 0)
		settle(binder, field);
}

static bool is_in_range(const struct field *field, int64_t value)
{
	if (field->kind != FIELD_INT32)
		return true;
	if (field->max > 0)
		return value >= 0 && value <= field->max;
	return value >= INT32_MIN && value <= INT32_MAX;
}

void binder_set_int(struct binder *binder, const struct field *field, int64_t value)
{
	if (!is_in_range(field, value)) {
		binder_refuse(binder, field);
		return;
	}
	note_given(binder, field);
	switch (field->kind) {
	case FIELD_INT32:
		*(int32_t *)settle(binder, field) = (int32_t)value;
		return;
	case FIELD_INT64:
		*(int64_t *)settle(binder, field) = value;
		return;
	case FIELD_BOOL:
	case FIELD_FLAG:
		*(bool *)settle(binder, field) = value != 0;
		return;
	default:
		BUG("%s is of a kind that no request may have", field->name);
	}
}

void binder_set_date(
	struct binder *binder, const struct field *field, const struct date *date)
{
	*(struct date *)settle(binder, field) = *date;
}

/* Clears each member of an object. */
static void clear_object(struct binder *binder, const struct field *field)
{
	struct binder inner;

	binder_enter(binder, field, &inner);
	for (field = inner.shape->fields; field->kind != FIELD_END_OF_TABLE; field++)
		binder_set_empty(&inner, field);
	binder_leave(binder, &inner);
}

void binder_set_empty(struct binder *binder, const struct field *field)
{
	if (field->null_clears)
		note_given(binder, field);
	if (field->kind == FIELD_OBJECT && field->null_clears)
		clear_object(binder, field);
	else if (field->kind == FIELD_STR)
		*(const char **)((char *)binder->model + field->offset) =
			field->null_clears ? "" : NULL;
	else if (binder->options->is_emulating)
		fail_member(binder, field, &required);
}

void binder_refuse_read_only(struct binder *binder, const struct field *field)
{
	static const struct text read_only = {"不能修改。", "It cannot be changed."};
	struct bind_error **end = binder->errors_end;

	fail_member(binder, field, &read_only);
	if (*end != NULL)
		(*end)->is_read_only = true;
}

void binder_enter(struct binder *binder, const struct field *field, struct binder *inner_r)
{
	*inner_r = *binder;
	inner_r->path = arena_printf(binder->arena, "%s/", name_of(binder, field));
	inner_r->shape = field->shape;
	inner_r->model = arena_alloc(binder->arena, field->shape->size);
	inner_r->settled = 0;
	*(const void **)settle(binder, field) = inner_r->model;
}

/* Adds errors for required fields that were not set. */
static void require_fields(struct binder *binder)
{
	const struct field *field = binder->shape->fields;

	for (; binder->model != NULL && field->kind != FIELD_END_OF_TABLE; field++) {
		if (field->is_required && (binder->settled & bit_of(binder, field)) == 0)
			fail_member(binder, field, &required);
	}
}

void binder_leave(struct binder *binder, struct binder *inner)
{
	require_fields(inner);
	binder->errors_end = inner->errors_end;
	binder->n_errors = inner->n_errors;
}

bool binder_takes_item(struct binder *binder, const struct field *field, size_t i,
	const char *text, size_t size)
{
	const struct text *reason = NULL;

	if (text == NULL)
		reason = &invalid;
	else if (memchr(text, '\0', size) != NULL)
		reason = &has_nul;
	else if (is_too_long(field, text, size))
		reason = too_long(binder, field);
	if (reason == NULL)
		return true;
	settle(binder, field);
	if (binder->n_errors < ERRORS_MAX)
		binder_fail(binder,
			arena_printf(binder->arena, "%s/%zu", name_of(binder, field), i), reason);
	return false;
}

void binder_set_strings(
	struct binder *binder, const struct field *field, const struct string_list *strings)
{
	*(struct string_list *)settle(binder, field) = *strings;
}

struct int32_list *binder_list(struct binder *binder)
{
	const struct field *field = binder->shape->fields;

	if (field->kind != FIELD_INT32_LIST)
		BUG("%s is a list of a kind that no request may be", binder->shape->name);
	return (void *)((char *)binder->model + field->offset);
}

void binder_finish(struct binder *binder, struct binding *binding_r)
{
	require_fields(binder);
	*binding_r = (struct binding){.model = binder->model, .errors = binder->errors};
}

bool binder_parse_bool(const char *text, int64_t *value_r)
{
	*value_r = str_equal_nocase(text, "true");
	return *value_r != 0 || str_equal_nocase(text, "false");
}

bool binder_parse_int(const char *text, int64_t *value_r)
{
	char *end;

	while (ascii_is_space(*text))
		text++;
	if (!ascii_is_digit(text[*text == '-' || *text == '+']))
		return false;
	errno = 0;
	*value_r = strtoll(text, &end, 10);
	while (ascii_is_space(*end))
		end++;
	return errno == 0 && *end == '\0';
}
