/*
 * The JSON in an answer of WeChat or an SMS gateway. Its bytes are sanitized first (sanitize.h),
 * since people's names stand in it as they were typed. Of a name that comes twice the last counts.
 * Numbers are read as floating-point ones, because gateways number their messages beyond 64 bits.
 * An answer with more than 32 arrays and objects within each other cannot be read, since a fiber's
 * stack is small.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>

struct arena;
struct http_answer;
struct json_t;

/* Returns NULL if the answer cannot be read. The caller releases what is returned. */
struct json_t *answer_json(const struct http_answer *answer);
/* Returns a string of the answer's object, in the arena, or NULL if there is none of this name. */
const char *answer_string(
	struct arena *arena, const struct http_answer *answer, const char *name);
/* Returns whether the answer begins like an object. If so, it comes from a healthy server and not
 * from a proxy, even if it cannot be read. */
bool answer_is_object(const struct http_answer *answer);

#endif
