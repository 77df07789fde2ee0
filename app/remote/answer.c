#include <jansson.h>

#include "answer.h"
#include "arena.h"
#include "buf.h"
#include "http_client.h"
#include "sanitize.h"

struct json_t *answer_json(const struct http_answer *answer)
{
	struct buf text = {0};
	json_t *json;

	sanitize_json(&text, answer->body, answer->size);
	json = json_loadb(text.data, text.size, JSON_DECODE_INT_AS_REAL, NULL);
	buf_release(&text);
	return json;
}

const char *answer_string(
	struct arena *arena, const struct http_answer *answer, const char *name)
{
	json_t *json = answer_json(answer);
	const char *text = arena_strdup(arena, json_string_value(json_object_get(json, name)));

	json_decref(json);
	return text;
}

bool answer_is_object(const struct http_answer *answer)
{
	return sanitize_first(answer->body, answer->size) == '{';
}
