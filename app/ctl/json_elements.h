/*
 * The elements of a JSON array, one at a time from a file of any length. Only one is in memory.
 */
#ifndef JSON_ELEMENTS_H
#define JSON_ELEMENTS_H

#include <jansson.h>
#include <stdint.h>

#define JSON_ELEMENT_SIZE_MAX (64 << 10)

struct json_elements;

/* NULL: it cannot be read or begins otherwise. The caller closes it. */
struct json_elements *json_elements_open(const char *path);
void json_elements_close(struct json_elements *elements);
/* NULL at the end, and where *error_r says what is wrong; the caller gives it back by
 * json_decref(). */
json_t *json_elements_read(struct json_elements *elements, const char **error_r);
/* Of the one read last, from 1. */
long json_elements_number(const struct json_elements *elements);
/* How far into the file that is, in bytes. */
int64_t json_elements_offset(const struct json_elements *elements);

#endif
