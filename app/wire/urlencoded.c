#include <errno.h>

#include "arena.h"
#include "ascii.h"
#include "charset.h"
#include "str.h"
#include "urlencoded.h"

void urlencoded_init(struct urlencoded *pairs, struct arena *arena, char *text, size_t size)
{
	*pairs = (struct urlencoded){.at = text, .end = text + size, .arena = arena};
}

/* Decodes the text between from and to, in place if it is UTF-8. */
static char *decode(const struct urlencoded *pairs, char *from, const char *to, size_t *size_r)
{
	size_t size = str_percent_decode(from, (size_t)(to - from), true);
	char *text = NULL;

	from[size] = '\0';
	*size_r = size;
	if (str_is_utf8(from, size))
		return from;
	if (pairs->tries_gb18030)
		text = charset_from_gb18030(pairs->arena, from, size, size_r);
	return text != NULL ? text : charset_repair_utf8(pairs->arena, from, size, size_r);
}

static char *find(char *from, char *end, char c)
{
	char *found = memchr(from, c, (size_t)(end - from));

	return found != NULL ? found : end;
}

/* Writes jQuery's a[b] as MVC's a.b in place; an index, as in a[0], stays. Returns false, and
 * leaves the name alone, if a bracket is not closed. */
static bool normalize(struct pair *pair)
{
	char *to = pair->name;
	const char *from = pair->name;
	const char *open = strrchr(pair->name, '[');

	if (open != NULL && strchr(open, ']') == NULL)
		return false;
	while ((open = strchr(from, '[')) != NULL) {
		const char *close = strchr(open, ']');
		bool is_index = ascii_is_digit(open[1]);

		memmove(to, from, (size_t)(open - from));
		to += open - from;
		from = close + 1;
		if (close == open + 1)
			continue;
		*to++ = is_index ? '[' : '.';
		open++;
		memmove(to, open, (size_t)(close - open + is_index));
		to += close - open + is_index;
	}
	pair->name_size -= (size_t)(from - to);
	memmove(to, from, strlen(from) + 1);
	return true;
}

bool urlencoded_next(struct urlencoded *pairs, struct pair *pair_r)
{
	char *start, *equals, *end;

	while (pairs->at < pairs->end && *pairs->at == '&')
		pairs->at++;
	if (pairs->at == pairs->end)
		return false;
	start = pairs->at;
	end = find(start, pairs->end, '&');
	equals = find(start, end, '=');
	pairs->at = end < pairs->end ? end + 1 : end;
	/* The value comes first, since the NUL of the name is put in the place of '='. */
	pair_r->value = decode(pairs, equals < end ? equals + 1 : end, end, &pair_r->value_size);
	pair_r->name = decode(pairs, start, equals, &pair_r->name_size);
	if (!normalize(pair_r))
		pairs->is_malformed = true;
	return true;
}

static bool is_called(const struct pair *pair, const char *name)
{
	return pair->name_size == strlen(name) && str_equal_nocase(pair->name, name);
}

static unsigned names_matched(const struct field *field, const struct pair *pair)
{
	const char *property = field->property != NULL ? field->property : field->name;

	return (is_called(pair, field->name) ? BY_NAME : 0) |
		(is_called(pair, property) ? BY_PROPERTY : 0);
}

struct pair *urlencoded_collect(
	struct urlencoded *pairs, const struct shape *shape, unsigned names)
{
	struct pair *chosen;
	unsigned char *chosen_by;
	struct pair pair;
	size_t n_fields = 0;

	while (shape->fields[n_fields].kind != FIELD_END_OF_TABLE)
		n_fields++;
	chosen = arena_array(pairs->arena, struct pair, n_fields);
	chosen_by = arena_alloc(pairs->arena, n_fields);
	while (urlencoded_next(pairs, &pair)) {
		for (size_t i = 0; i < n_fields; i++) {
			unsigned matched = names & names_matched(&shape->fields[i], &pair);

			if (matched > chosen_by[i]) {
				chosen[i] = pair;
				chosen_by[i] = (unsigned char)matched;
			}
		}
	}
	return chosen;
}

bool urlencoded_is_blank(const char *value)
{
	while (ascii_is_space(*value))
		value++;
	return *value == '\0';
}

bool urlencoded_parse_int(const char *value, int64_t *value_r)
{
	char *end;

	while (ascii_is_space(*value))
		value++;
	if (value[0] != '0' || ascii_lower(value[1]) != 'x')
		return binder_parse_int(value, value_r);
	if (ascii_hex_digit(value[2]) < 0)
		return false;
	errno = 0;
	*value_r = strtoll(value, &end, 16);
	return errno == 0 && urlencoded_is_blank(end);
}

void urlencoded_set(struct binder *binder, const struct field *field, const struct pair *pair)
{
	bool has_nul = strlen(pair->value) != pair->value_size;
	bool is_exact_text =
		field->kind == FIELD_STR && binder->options->flavour == JSON_EXACT;
	struct date date;
	int64_t value;

	if (!has_nul && urlencoded_is_blank(pair->value) && !is_exact_text) {
		binder_set_empty(binder, field);
		return;
	}
	switch (has_nul && field->kind != FIELD_STR ? FIELD_NULL : field->kind) {
	case FIELD_STR:
		binder_set_string(binder, field, pair->value, pair->value_size);
		return;
	case FIELD_INT32:
	case FIELD_INT64:
		if (!urlencoded_parse_int(pair->value, &value))
			break;
		binder_set_int(binder, field, value);
		return;
	case FIELD_BOOL:
	case FIELD_FLAG:
		if (!binder_parse_bool(pair->value, &value))
			break;
		binder_set_int(binder, field, value);
		return;
	case FIELD_DATE:
		if (!date_parse_invariant(pair->value, &date))
			break;
		binder_set_date(binder, field, &date);
		return;
	default:
		break;
	}
	binder_refuse(binder, field);
}
