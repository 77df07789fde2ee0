#include "ascii.h"
#include "media_type.h"

struct parameter {
	struct slice name, value;
};

bool slice_equals(const struct slice *slice, const char *text)
{
	size_t i = 0;

	while (i < slice->size && text[i] != '\0' &&
		ascii_lower(slice->at[i]) == ascii_lower(text[i]))
		i++;
	return i == slice->size && text[i] == '\0';
}

static void skip_spaces(const char **at)
{
	*at += strspn(*at, " \t\r\n");
}

static bool take(const char **at, char c)
{
	if (**at != c)
		return false;
	++*at;
	skip_spaces(at);
	return true;
}

static bool is_token_char(char c)
{
	return ascii_is_letter(c) ||
		(c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?={}", c) == NULL);
}

static bool take_token(const char **at, struct slice *token_r)
{
	const char *end = *at;

	while (is_token_char(*end))
		end++;
	*token_r = (struct slice){.at = *at, .size = (size_t)(end - *at)};
	*at = end;
	skip_spaces(at);
	return token_r->size > 0;
}

/* The slice is the text between the quotes, without unescaping. */
static bool take_quoted(const char **at, struct slice *text_r)
{
	const char *end = *at + 1;

	while (*end != '"' && *end != '\0')
		end += end[0] == '\\' && end[1] != '\0' ? 2 : 1;
	if (*end == '\0')
		return false;
	*text_r = (struct slice){.at = *at + 1, .size = (size_t)(end - *at - 1)};
	*at = end + 1;
	skip_spaces(at);
	return true;
}

static bool take_parameter(const char **at, struct parameter *parameter_r)
{
	*parameter_r = (struct parameter){0};
	if (!take_token(at, &parameter_r->name))
		return false;
	if (!take(at, '='))
		return true;
	if (**at == '"')
		return take_quoted(at, &parameter_r->value);
	return take_token(at, &parameter_r->value);
}

/* Digits beyond the thousandths are ignored. Anything but a number counts as absent. */
static unsigned quality(const struct slice *text)
{
	unsigned value = 0;
	unsigned unit = QUALITY_ONE;
	bool is_fraction = false;

	for (size_t i = 0; i < text->size; i++) {
		char c = text->at[i];

		if (c == '.' && !is_fraction) {
			is_fraction = true;
			continue;
		}
		if (!ascii_is_digit(c) || (!is_fraction && value >= QUALITY_ONE))
			return QUALITY_ONE;
		unit /= is_fraction ? 10 : 1;
		value = (is_fraction ? value : value * 10) + (unsigned)(c - '0') * unit;
	}
	return value;
}

static bool take_parameters(const char **at, bool skips_empty, struct media_type *type_r)
{
	while (take(at, ';')) {
		struct parameter parameter;

		if (skips_empty && (**at == ';' || **at == '\0'))
			continue;
		if (!take_parameter(at, &parameter))
			return false;
		if (slice_equals(&parameter.name, "charset"))
			type_r->charset = parameter.value;
		else if (slice_equals(&parameter.name, "q"))
			type_r->quality = quality(&parameter.value);
	}
	return true;
}

static bool take_type(const char **at, bool skips_empty, struct media_type *type_r)
{
	*type_r = (struct media_type){.quality = QUALITY_ONE};
	return take_token(at, &type_r->type) && take(at, '/') && take_token(at, &type_r->subtype) &&
		take_parameters(at, skips_empty, type_r);
}

static bool take_range(const char **at, struct media_type *range_r)
{
	return take_type(at, false, range_r);
}

static bool take_charset(const char **at, struct media_type *charset_r)
{
	struct slice name;

	*charset_r = (struct media_type){.quality = QUALITY_ONE};
	if (!take_token(at, &name) || !take_parameters(at, false, charset_r))
		return false;
	charset_r->charset = name;
	return true;
}

bool media_type_parse(const char *header, struct media_type *type_r)
{
	if (header == NULL)
		return false;
	skip_spaces(&header);
	return take_type(&header, true, type_r) && *header == '\0';
}

static int next(const char **at, bool (*take_one)(const char **at, struct media_type *),
	struct media_type *type_r)
{
	do {
		skip_spaces(at);
	} while (take(at, ','));
	if (**at == '\0')
		return 0;
	return take_one(at, type_r) && (**at == '\0' || **at == ',') ? 1 : -1;
}

int media_type_next(const char **at, struct media_type *type_r)
{
	return next(at, take_range, type_r);
}

int media_charset_next(const char **at, struct media_type *charset_r)
{
	return next(at, take_charset, charset_r);
}
