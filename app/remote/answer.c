#include <jansson.h>

#include "answer.h"
#include "arena.h"
#include "buf.h"
#include "http_client.h"
#include "sanitize.h"

/* Far more than in any real answer. Jansson would take 2048, and most of a fiber's stack. */
#define DEPTH_MAX 32

/* Whether more than DEPTH_MAX arrays and objects stand within each other. */
static bool answer_is_too_deep(const char *json)
{
	bool is_in_string = false;
	int depth = 0;

	for (; *json != '\0' && depth <= DEPTH_MAX; json++) {
		if (is_in_string && json[0] == '\\' && json[1] != '\0')
			json++;
		else if (*json == '"')
			is_in_string = !is_in_string;
		else if (!is_in_string)
			depth += (*json == '[' || *json == '{') - (*json == ']' || *json == '}');
	}
	return depth > DEPTH_MAX;
}

struct json_t *answer_json(const struct http_answer *answer)
{
	struct buf text = {0};
	json_t *json = NULL;

	sanitize_json(&text, answer->body, answer->size);
	if (!answer_is_too_deep(text.data))
		json = json_loadb(text.data, text.size, JSON_DECODE_INT_AS_REAL, NULL);
	buf_wipe(&text, 0);
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
