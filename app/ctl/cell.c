#include <stdbool.h>
#include <stdlib.h>

#include "arena.h"
#include "ascii.h"
#include "cell.h"
#include "fold.h"
#include "str.h"

#define DIGITS "0123456789"
#define LOSS_SIZE 32
#define SHOWN_CHARS_MAX 40
#define FORMULA_BEGINS "=+-@\t\r"
#define DAY_MARKS " ./-"
#define YEAR_DIGITS 4
#define MONTHS 12
#define EXPONENT_DIGITS_MAX 3

static bool cell_is_padded(const char *value)
{
	size_t size;

	fold_trim(value, &size);
	return size != strlen(value);
}

static bool is_formula_error(const char *value)
{
	static const char *const errors[] = {
		"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (str_equal_nocase(value, errors[i]))
			return true;
	return false;
}

static bool is_all(const char *value, const char *character)
{
	return *value != '\0' && value[strspn(value, character)] == '\0';
}

/* Of a value of any kind; NULL: nothing. */
static const char *find_loss(const char *value)
{
	if (is_all(value, "#"))
		return "is what Excel writes where a column is too narrow; widen it and export "
		       "again";
	if (is_formula_error(value))
		return "is the error of a formula; mend the cell and export again";
	if (is_all(value, "?") && value[1] != '\0')
		return "is what is left of characters that an encoding does not have; save the "
		       "file as \"CSV UTF-8\"";
	if (strstr(value, "\ufffd") != NULL)
		return "has lost characters, which are U+FFFD now; take it again from where it "
		       "came from";
	return NULL;
}

bool cell_needs_guard(const char *value)
{
	const char *at = value + strspn(value, "'");

	return *at != '\0' &&
		(strchr(FORMULA_BEGINS, *at) != NULL || cell_is_padded(at) ||
			find_loss(at) != NULL);
}

bool cell_needs_blank_guard(const char *value)
{
	const char *at = value + strspn(value, "'");

	return *at != '\0' && cell_is_padded(at);
}

/* The text in ="…", with quotes of either kind; else the same. */
static char *text_of_formula(char *value)
{
	static const char *const quotes[][2] = {{"=\"", "\""}, {"=\u201c", "\u201d"}};
	size_t size = strlen(value);

	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		size_t n_open = strlen(quotes[i][0]), n_close = strlen(quotes[i][1]);

		if (size < n_open + n_close || !str_starts_with(value, quotes[i][0]) ||
			strcmp(value + size - n_close, quotes[i][1]) != 0)
			continue;
		value[size - n_close] = '\0';
		return value + n_open;
	}
	return value;
}

const char *cell_clean(char *value, const char **loss_r)
{
	*loss_r = NULL;
	if (*value == '\'' && cell_needs_guard(value))
		return value + 1;
	value = fold_trim_here(text_of_formula(fold_trim_here(value)));
	*loss_r = find_loss(value);
	return value;
}

const char *cell_show(struct arena *arena, const char *value)
{
	const char *first =
		arena_strndup(arena, value, str_size_of_chars(value, SHOWN_CHARS_MAX));
	const size_t size = SHOWN_CHARS_MAX * FOLD_ESCAPE_SIZE + 1;
	char *shown = arena_alloc(arena, size);

	fold_show(first, shown, size);
	return shown;
}

/* As Excel writes it: one digit, and a fraction or a sign: 1.38E+10. Without them it may be an id,
 * such as 5e80 or an ObjectId of MongoDB's that has no other letter. */
static bool is_rounded(const char *text)
{
	size_t n = strspn(text, DIGITS);
	bool is_number = false;

	if (n != 1)
		return false;
	text += n;
	if (*text == '.') {
		n = strspn(text + 1, DIGITS);
		is_number = n > 0;
		text += 1 + n;
	}
	if (*text++ != 'e')
		return false;
	is_number |= *text == '+';
	text += *text == '+';
	n = strspn(text, DIGITS);
	return is_number && n > 0 && n <= EXPONENT_DIGITS_MAX && text[n] == '\0';
}

const char *cell_loss(const char *value)
{
	char text[LOSS_SIZE];

	if (fold_text(value, "'", text, sizeof(text)) && is_rounded(text))
		return "is a number that Excel has rounded; format the column as text and export "
		       "again";
	return find_loss(value);
}

const char *cell_after_apostrophes(const char *text)
{
	static const char *const apostrophes[] = {"'", "`", "\u2018", "\u2019", "\u00b4"};
	size_t i = 0;

	while (i < sizeof(apostrophes) / sizeof(apostrophes[0])) {
		size_t size = strlen(apostrophes[i]);
		bool is_there = strncmp(text, apostrophes[i], size) == 0;

		text += is_there ? size : 0;
		i = is_there ? 0 : i + 1;
	}
	return text;
}

static void drop_fraction_of_zeros(char *text)
{
	char *point = text + strspn(text, DIGITS);

	if (point > text && point[0] == '.' && point[1] == '0' &&
		point[1 + strspn(point + 1, "0")] == '\0')
		*point = '\0';
}

const char *cell_plain(struct arena *arena, const char *value)
{
	/* Folding makes no text longer. */
	size_t size = strlen(value) + 1;
	char *text = arena_alloc(arena, size);

	fold_text(cell_after_apostrophes(value), "", text, size);
	text += cell_after_apostrophes(text) - text;
	drop_fraction_of_zeros(text);
	return text;
}

bool cell_is_excel_day(const char *value)
{
	size_t n = strspn(value, DIGITS);

	/* 1990 is a year. */
	if (n < 4 || n > 5 ||
		(n == 4 && (str_starts_with(value, "19") || str_starts_with(value, "20"))))
		return false;
	return value[n] == '\0' ||
		(value[n] == '.' && strspn(value + n + 1, DIGITS) > 0 &&
			value[n + 1 + strspn(value + n + 1, DIGITS)] == '\0');
}

static const char *replace(struct arena *arena, const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);

	return at == NULL
		? text
		: arena_printf(arena, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
}

const char *cell_day(struct arena *arena, const char *value)
{
	size_t size = strcspn(value, " ");
	const char *day = cell_plain(arena, arena_strndup(arena, value, size));

	if (strlen(day) == 8 && strspn(day, DIGITS) == 8)
		day = arena_printf(arena, "%.4s-%.2s-%.2s", day, day + 4, day + 6);
	day = replace(arena, day, "年", "-");
	day = replace(arena, day, "月", "-");
	day = replace(arena, day, "日", "");
	day = replace(arena, day, "号", "");
	return arena_printf(arena, "%s%s", day, value + size);
}

static bool has_year(const char *day)
{
	size_t n_digits;

	for (; *day != '\0'; day += n_digits > 0 ? n_digits : 1) {
		n_digits = strspn(day, DIGITS);
		if (n_digits == YEAR_DIGITS)
			return true;
	}
	return false;
}

const char *cell_day_problem(const char *day)
{
	char *end;
	const long first = strtol(day, &end, 10);
	const long second = strtol(end + strspn(end, DAY_MARKS), NULL, 10);

	if (first >= 1 && first <= MONTHS && second >= 1 && second <= MONTHS && first != second)
		return "is one day where the month comes first and another where the day does; "
		       "write it as 1990-05-01";
	return has_year(day) ? NULL : "has a year of two digits; write it as 1990-05-01";
}
