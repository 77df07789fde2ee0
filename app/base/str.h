/*
 * Text: const char *, UTF-8 without NUL, checked once at the door.
 */
#ifndef STR_H
#define STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With which some editors begin UTF-8. */
#define STR_BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Well-formed UTF-8 as in RFC 3629: no overlong form, no surrogate, nothing over U+10FFFF. */
bool str_is_utf8(const char *text, size_t size);
/* Writes 1 to 4 bytes and returns where they end. */
char *str_put_utf8(char *to, uint32_t point);
/* Number of code points of well-formed UTF-8. */
size_t str_n_chars(const char *text);
/* The size in bytes of the first n_chars code points of text. */
size_t str_size_of_chars(const char *text, size_t n_chars);

/* NULL and "" alike. */
bool str_is_empty(const char *text);
bool str_starts_with(const char *text, const char *prefix);
/* ASCII letters in any case, whatever the locale. */
bool str_equal_nocase(const char *a, const char *b);
bool str_starts_with_nocase(const char *text, const char *prefix);
/* The place of a word, from 0, in a list with one separator between two; -1: it is not there. */
int str_place_in(const char *list, const char *separators, const char *word, size_t size);
/* An openid or unionid as wxuser accepts it: [A-Za-z0-9_-]{1,64}. */
bool str_is_openid(const char *text);

/* Decimal, optional sign, nothing else; false: not a number or out of range, *value_r untouched. */
bool str_parse_int32(const char *text, int32_t *value_r);
bool str_parse_int64(const char *text, int64_t *value_r);

/* Room for a masked text. */
#define STR_MASKED_SIZE (3 * 4 + 4 + 4 * 4 + 1)
/* 138****0001: the first three and last four characters; under eight, stars alone. */
void str_mask(const char *text, char masked_r[STR_MASKED_SIZE]);

/* In place: %XX and, where plus_is_space, '+'; a broken escape stays as it is. The new size. */
size_t str_percent_decode(char *text, size_t size, bool plus_is_space);

#endif
