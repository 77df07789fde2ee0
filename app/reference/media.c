#include <string.h>

#include "arena.h"
#include "form_value.h"
#include "media.h"
#include "str.h"

bool media_is(const char *sent_type, const char *type)
{
	return sent_type != NULL && str_starts_with(sent_type, type);
}

static json_t *media_value(struct arena *arena, const char *type, const char *text)
{
	if (strstr(type, "json") != NULL)
		return json_loads(text, JSON_DECODE_ANY, NULL);
	if (strstr(type, "form") != NULL)
		return form_value(arena, text);
	return json_string(text);
}

/* An example of XML is text, which OpenAPI 3.1 does not know beside a schema. */
void media_add_example(struct arena *arena, json_t *media, const char *type,
	const struct sample *sample, const char *text)
{
	const char *name = strstr(type, "xml") != NULL ? "x-examples" : "examples";
	json_t *examples = json_object_get(media, name);

	if (examples == NULL) {
		examples = json_object();
		json_object_set_new(media, name, examples);
	}
	json_object_set_new(examples, sample->name,
		json_pack("{s:o, s:o}", "summary",
			json_string(
				arena_printf(arena, "%s · %s", sample->title.zh, sample->title.en)),
			"value", media_value(arena, type, text)));
}
