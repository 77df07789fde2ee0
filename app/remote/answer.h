/*
 * What an answer of WeChat's or an SMS gateway's says in JSON. Its bytes are mended first (mend.h),
 * since people's names stand in it as they are; of a name that comes twice the last one counts. All
 * numbers are real ones: gateways number their messages beyond 64 bits.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>

struct arena;
struct http_answer;
struct json_t;

/* NULL: it cannot be read. The caller gives it back. */
struct json_t *answer_json(const struct http_answer *answer);
/* A string of the object that it is, in the arena; NULL: there is none of this name. */
const char *answer_string(
	struct arena *arena, const struct http_answer *answer, const char *name);
/* Whether it begins as an object does, and so is no page of a proxy, but a healthy server's, even
 * where it cannot be read. */
bool answer_is_object(const struct http_answer *answer);

#endif
