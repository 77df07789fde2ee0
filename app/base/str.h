/*
 * Text: a const char * to UTF-8 that ends with NUL. Text of a request is checked once, when it is
 * read.
 */
#ifndef STR_H
#define STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Some editors begin a file of UTF-8 with it. */
#define STR_BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Returns whether the bytes are well-formed UTF-8 as RFC 3629 defines it: without overlong forms,
 * surrogates and code points over U+10FFFF. */
bool str_is_utf8(const char *text, size_t size);
/* Writes the 1 to 4 bytes of a code point. Returns their end. */
char *str_put_utf8(char *to, uint32_t point);
#define STR_INT_MAX 20
/* Writes a number in decimal, of at most STR_INT_MAX bytes. Returns their end. */
char *str_put_int(char *to, int64_t value);
/* Writes the last n_digits digits of a number: of 7, the last two are 07. Returns their end. */
char *str_put_digits(char *to, unsigned value, size_t n_digits);
/* Returns the number of code points of well-formed UTF-8. */
size_t str_n_chars(const char *text);
/* Returns the size in bytes of the first n_chars code points. */
size_t str_size_of_chars(const char *text, size_t n_chars);

/* Returns whether text is NULL or "". */
bool str_is_empty(const char *text);
/* Returns whether a byte of text is a control character of ASCII. */
bool str_has_control(const char *text);
bool str_starts_with(const char *text, const char *prefix);
/* Compare ASCII letters without case, whatever the locale. */
bool str_equal_nocase(const char *a, const char *b);
bool str_starts_with_nocase(const char *text, const char *prefix);
/* Returns the index of a word in a list whose words have one of the separators between them, or
 * -1. */
int str_place_in(const char *list, const char *separators, const char *word, size_t size);
/* Returns whether text can be an openid or unionid: [A-Za-z0-9_-]{1,64}. */
bool str_is_openid(const char *text);

/* Adds text, with the NUL at its end, to a hash that begins with STR_HASH_BEGIN: FNV-1a. With the
 * NUL ("a", "bc") is not ("ab", "c"). */
#define STR_HASH_BEGIN UINT64_C(0xcbf29ce484222325)
uint64_t str_hash(uint64_t hash, const char *text);

/* Read a decimal number with an optional sign and nothing else. They return false and leave
 * *value_r as it is if the text is another or the number is out of range. */
bool str_parse_int32(const char *text, int32_t *value_r);
bool str_parse_int64(const char *text, int64_t *value_r);

#define STR_MASKED_SIZE (3 * 4 + 4 + 4 * 4 + 1)
/* Writes the first three and the last four characters, 138****0001, or only stars if there are
 * fewer than eight. */
void str_mask(const char *text, char masked_r[STR_MASKED_SIZE]);

/* Decodes %XX and, if plus_is_space, '+' in place. A broken escape stays as it is. Returns the new
 * size. */
size_t str_percent_decode(char *text, size_t size, bool plus_is_space);

#endif
