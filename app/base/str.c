#include <errno.h>

#include "ascii.h"
#include "str.h"

#define OPENID_MAX 64

/* Returns the size of the well-formed sequence at text, or 0 if there is none. */
static size_t sequence_size(const unsigned char *text, size_t size)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t point;
	size_t n;

	if (text[0] < 0x80)
		return 1;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	n = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	if (n > size)
		return 0;
	point = text[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3f);
	}
	if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	return n;
}

/* Returns the size of a beginning of text that is ASCII, in whole words. */
static size_t ascii_size(const unsigned char *text, size_t size)
{
	uint64_t word;
	size_t n = 0;

	while (size - n >= sizeof(word)) {
		memcpy(&word, text + n, sizeof(word));
		if ((word & UINT64_C(0x8080808080808080)) != 0)
			break;
		n += sizeof(word);
	}
	return n;
}

bool str_is_utf8(const char *text, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;
	const unsigned char *end = at + size;

	while (at < end) {
		size_t n = ascii_size(at, (size_t)(end - at));

		if (n == 0)
			n = sequence_size(at, (size_t)(end - at));
		if (n == 0)
			return false;
		at += n;
	}
	return true;
}

char *str_put_utf8(char *to, uint32_t point)
{
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	int n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	for (int i = n - 1; i > 0; i--, point >>= 6)
		to[i] = (char)(0x80 | (point & 0x3f));
	to[0] = (char)(leads[n] | point);
	return to + n;
}

char *str_put_int(char *to, int64_t value)
{
	char digits[STR_INT_MAX], *const end = digits + sizeof(digits), *first = end;
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do
		*--first = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (value < 0)
		*--first = '-';
	return mempcpy(to, first, (size_t)(end - first));
}

char *str_put_digits(char *to, unsigned value, size_t n_digits)
{
	for (size_t i = n_digits; i > 0; value /= 10)
		to[--i] = (char)('0' + value % 10);
	return to + n_digits;
}

size_t str_n_chars(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

size_t str_size_of_chars(const char *text, size_t n_chars)
{
	const char *at = text;

	for (; *at != '\0'; at++) {
		bool is_first = ((unsigned char)*at & 0xc0) != 0x80;

		if (is_first && n_chars-- == 0)
			break;
	}
	return (size_t)(at - text);
}

bool str_is_empty(const char *text)
{
	return text == NULL || *text == '\0';
}

bool str_has_control(const char *text)
{
	while ((unsigned char)*text >= ' ' && *text != 0x7f)
		text++;
	return *text != '\0';
}

bool str_equal_nocase(const char *a, const char *b)
{
	while (*a != '\0' && ascii_lower(*a) == ascii_lower(*b)) {
		a++;
		b++;
	}
	return ascii_lower(*a) == ascii_lower(*b);
}

bool str_starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_starts_with_nocase(const char *text, const char *prefix)
{
	while (*prefix != '\0' && ascii_lower(*text) == ascii_lower(*prefix)) {
		text++;
		prefix++;
	}
	return *prefix == '\0';
}

int str_place_in(const char *list, const char *separators, const char *word, size_t size)
{
	for (int place = 0;; place++) {
		size_t here = strcspn(list, separators);

		if (here == size && memcmp(list, word, size) == 0)
			return place;
		if (list[here] == '\0')
			return -1;
		list += here + 1;
	}
}

bool str_is_openid(const char *text)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t size;

	if (str_is_empty(text))
		return false;
	size = strspn(text, allowed);
	return text[size] == '\0' && size <= OPENID_MAX;
}

bool str_parse_int64(const char *text, int64_t *value_r)
{
	const char *digits = text + (*text == '-' || *text == '+');
	long long value;

	if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return false;
	errno = 0;
	value = strtoll(text, NULL, 10);
	if (errno != 0)
		return false;
	*value_r = value;
	return true;
}

uint64_t str_hash(uint64_t hash, const char *text)
{
	do {
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	} while (*text++ != '\0');
	return hash;
}

bool str_parse_int32(const char *text, int32_t *value_r)
{
	int64_t value;

	if (!str_parse_int64(text, &value) || value < INT32_MIN || value > INT32_MAX)
		return false;
	*value_r = (int32_t)value;
	return true;
}

void str_mask(const char *text, char masked_r[STR_MASKED_SIZE])
{
	size_t n = str_n_chars(text);

	if (n < 8)
		snprintf(masked_r, STR_MASKED_SIZE, "%.*s", (int)n, "*******");
	else
		snprintf(masked_r, STR_MASKED_SIZE, "%.*s****%s", (int)str_size_of_chars(text, 3),
			text, text + str_size_of_chars(text, n - 4));
}

size_t str_percent_decode(char *text, size_t size, bool plus_is_space)
{
	size_t to = 0;

	for (size_t from = 0; from < size; from++) {
		char c = text[from];

		if (c == '+' && plus_is_space) {
			c = ' ';
		} else if (c == '%' && size - from > 2) {
			int high = ascii_hex_digit(text[from + 1]);
			int low = ascii_hex_digit(text[from + 2]);

			if (high >= 0 && low >= 0) {
				c = (char)(high << 4 | low);
				from += 2;
			}
		}
		text[to++] = c;
	}
	return to;
}
