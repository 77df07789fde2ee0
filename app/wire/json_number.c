#include <string.h>

#include "ascii.h"
#include "json_number.h"

static const char *skip_digits(const char *at)
{
	while (ascii_is_digit(*at))
		at++;
	return at;
}

static bool is_decimal(const char *at, const char *end, bool is_strict)
{
	const char *digits = at + (*at == '-');
	const char *point = skip_digits(digits);
	bool has_whole = point > digits;
	bool has_fraction = false;

	if (is_strict && (!has_whole || (*digits == '0' && point - digits > 1)))
		return false;
	at = point;
	if (*point == '.') {
		at = skip_digits(point + 1);
		has_fraction = at > point + 1;
		if (is_strict && !has_fraction)
			return false;
	}
	if (!has_whole && !has_fraction)
		return false;
	if (ascii_lower(*at) == 'e') {
		at += at[1] == '+' || at[1] == '-' ? 2 : 1;
		if (!ascii_is_digit(*at))
			return false;
		at = skip_digits(at);
	}
	return at == end;
}

static bool is_hexadecimal(const char *at, const char *end)
{
	if (at[0] != '0' || ascii_lower(at[1]) != 'x' || end - at < 3)
		return false;
	for (at += 2; at < end; at++) {
		if (ascii_hex_digit(*at) < 0)
			return false;
	}
	return true;
}

static bool json_number_is_word(const char *text, size_t size, const char *word)
{
	return size == strlen(word) && memcmp(text, word, size) == 0;
}

bool json_number_is_valid(const char *text, size_t size, bool is_strict)
{
	const char *end = text + size;

	if (is_decimal(text, end, is_strict))
		return true;
	return !is_strict &&
		(is_hexadecimal(text, end) || json_number_is_word(text, size, "NaN") ||
			json_number_is_word(text, size, "Infinity") ||
			json_number_is_word(text, size, "-Infinity"));
}
