#include "arena.h"
#include "ascii.h"
#include "binder.h"
#include "negotiate.h"
#include "urlencoded.h"

static const struct text open_bracket = {
	"名称中的方括号未闭合。", "A name has a bracket that is not closed."};

struct element {
	enum { ABSENT, GOOD, BAD } state;
	int32_t value;
};

static void form_read_object(struct binder *binder, struct urlencoded *pairs)
{
	unsigned names = BY_PROPERTY | (binder->options->is_emulating ? 0 : BY_NAME);
	const struct pair *pair = urlencoded_collect(pairs, binder->shape, names);
	const struct field *field = binder->shape->fields;

	for (; field->kind != FIELD_END_OF_TABLE; field++, pair++) {
		if (pair->value != NULL && field->kind != FIELD_STR_LIST)
			urlencoded_set(binder, field, pair);
	}
}

static size_t n_pairs_at_most(const struct urlencoded *pairs)
{
	size_t n = 1;

	for (const char *at = pairs->at; at < pairs->end; at++)
		n += *at == '&';
	return n;
}

/* Returns the index of a name "[12]", or n if the name is no index below n. */
static size_t index_of(const struct pair *pair, size_t n)
{
	unsigned long long i;
	char *end;

	if (pair->name[0] != '[' || !ascii_is_digit(pair->name[1]))
		return n;
	i = strtoull(pair->name + 1, &end, 10);
	return i < n && strcmp(end, "]") == 0 ? (size_t)i : n;
}

static struct element form_parse_element(const struct pair *pair)
{
	int64_t value;

	if (strlen(pair->value) != pair->value_size || !urlencoded_parse_int(pair->value, &value) ||
		value < INT32_MIN || value > INT32_MAX)
		return (struct element){.state = BAD};
	return (struct element){.state = GOOD, .value = (int32_t)value};
}

/* Reads the pairs without a name if there are any, else those with an index, up to the first
 * gap. */
static const struct element *collect_elements(struct urlencoded *pairs, size_t *n_elements_r)
{
	size_t n = n_pairs_at_most(pairs);
	struct element *nameless = arena_array(pairs->arena, struct element, n);
	struct element *indexed = arena_array(pairs->arena, struct element, n + 1);
	size_t n_nameless = 0;
	size_t n_indexed = 0;
	struct pair pair;

	while (urlencoded_next(pairs, &pair)) {
		size_t i = index_of(&pair, n);

		if (pair.name_size == 0)
			nameless[n_nameless++] = form_parse_element(&pair);
		else if (i < n && indexed[i].state == ABSENT)
			indexed[i] = form_parse_element(&pair);
	}
	while (indexed[n_indexed].state != ABSENT)
		n_indexed++;
	*n_elements_r = n_nameless > 0 ? n_nameless : n_indexed;
	return n_nameless > 0 ? nameless : indexed;
}

static void form_read_list(struct binder *binder, struct urlencoded *pairs)
{
	struct int32_list *list = binder_list(binder);
	size_t n_elements;
	const struct element *elements = collect_elements(pairs, &n_elements);
	int32_t *items = arena_array(binder->arena, int32_t, n_elements);

	list->items = items;
	for (size_t i = 0; i < n_elements; i++) {
		if (elements[i].state == GOOD)
			items[list->n_items++] = elements[i].value;
		else
			binder_refuse_element(binder, i);
	}
}

void bind_form(const struct shape *shape, const struct bind_options *options, struct arena *arena,
	const struct body *body, struct binding *binding_r)
{
	char *text = arena_strndup(arena, body->size > 0 ? body->bytes : "", body->size);
	struct urlencoded pairs;
	struct binder binder;

	*binding_r = (struct binding){0};
	if (body->size == 0)
		return;
	binder_init(&binder, shape, options, arena);
	binder.names_properties = true;
	urlencoded_init(&pairs, arena, text, body->size);
	pairs.tries_gb18030 = !options->is_emulating && negotiate_is_gb18030(body->content_type);
	if (shape->kind == SHAPE_LIST)
		form_read_list(&binder, &pairs);
	else
		form_read_object(&binder, &pairs);
	if (pairs.is_malformed) {
		binder_fail(&binder, "", &open_bracket);
		binder.model = NULL;
	}
	binder_finish(&binder, binding_r);
}
