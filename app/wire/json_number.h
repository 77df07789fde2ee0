/*
 * The numbers of JSON: those of RFC 8259, or also those that Json.NET reads beside them: .5, 010,
 * 0x10, NaN, Infinity and -Infinity.
 */
#ifndef JSON_NUMBER_H
#define JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* Returns whether the text is a number, if is_strict one of RFC 8259. A NUL or another character
 * that no number has must follow it. */
bool json_number_is_valid(const char *text, size_t size, bool is_strict);

#endif
