#include "ascii.h"
#include "mobile.h"
#include "str.h"

#define DIGITS "0123456789"
#define MAINLAND_DIGITS 11
#define ABROAD_DIGITS_MIN 8
#define ABROAD_DIGITS_MAX 15
/* +, or 00 and two of a country, and one more, so that what is too long stays so. */
#define COMPACT_SIZE (4 + ABROAD_DIGITS_MAX + 2)

static void compact(const char *text, char compact_r[COMPACT_SIZE])
{
	size_t size = 0;

	for (; *text != '\0' && size < COMPACT_SIZE - 1; text++)
		if (*text != '-' && !ascii_is_space(*text))
			compact_r[size++] = *text;
	compact_r[size] = '\0';
}

/* The number without the mainland's code. */
static const char *after_code(const char *number)
{
	static const char *const codes[] = {"+86", "0086", "86"};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (str_starts_with(number, codes[i]))
			return number + strlen(codes[i]);
	return number;
}

bool mobile_normalise(const char *text, char number_r[MOBILE_SIZE])
{
	char number[COMPACT_SIZE];
	const char *at = number;

	compact(text, number);
	at = after_code(at);
	if (strspn(at, DIGITS) != MAINLAND_DIGITS || at[MAINLAND_DIGITS] != '\0' || at[0] != '1' ||
		at[1] < '3')
		return false;
	memcpy(number_r, at, MOBILE_SIZE);
	return true;
}

bool mobile_normalise_anywhere(const char *text, char number_r[MOBILE_ANYWHERE_SIZE])
{
	char number[COMPACT_SIZE];
	const char *at = number;
	size_t n_digits;

	if (mobile_normalise(text, number_r))
		return true;
	compact(text, number);
	if (after_code(at) != at || (*at != '+' && !str_starts_with(at, "00")))
		return false;
	at += *at == '+' ? 1 : 2;
	n_digits = strspn(at, DIGITS);
	if (at[n_digits] != '\0' || at[0] == '0' || n_digits < ABROAD_DIGITS_MIN ||
		n_digits > ABROAD_DIGITS_MAX)
		return false;
	snprintf(number_r, MOBILE_ANYWHERE_SIZE, "+%s", at);
	return true;
}
