#include "recorded.h"

#include "arena.h"
#include "str.h"

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

const char *recorded_header(const struct recorded *recorded, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)recorded->headers, key, value) {
		if (str_equal_nocase(key, name) && !str_is_empty(json_string_value(value)))
			return json_string_value(value);
	}
	return NULL;
}

static void read_body(struct arena *arena, const char *base64, struct body *body_r)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n_digits = strspn(base64, digits);
	char *bytes = arena_alloc(arena, n_digits + 1);
	uint32_t bits = 0;

	*body_r = (struct body){.bytes = bytes, .size = n_digits * 3 / 4};
	for (size_t i = 0; i < n_digits; i++) {
		bits = bits << 6 | (uint32_t)(strchr(digits, base64[i]) - digits);
		if (i % 4 > 0)
			*bytes++ = (char)(bits >> (6 - i % 4 * 2));
	}
}

static char *decoded_path(struct arena *arena, const char *uri)
{
	const char *host = strstr(uri, "://");
	const char *start = host != NULL ? strchr(host + 3, '/') : uri;
	char *path;
	size_t size;

	if (start == NULL)
		start = "/";
	path = arena_strndup(arena, start, strcspn(start, "?"));
	size = str_percent_decode(path, strlen(path), false);
	path[size] = '\0';
	return path;
}

bool recorded_read(struct arena *arena, const json_t *request, struct recorded *recorded_r)
{
	const char *method = text_of(request, "method");
	const char *url = text_of(request, "url");
	const char *base64 = text_of(request, "body_b64");
	const char *question_mark;

	if (method == NULL || url == NULL)
		return false;
	*recorded_r = (struct recorded){
		.method = method,
		.uri = arena_strndup(arena, url, strcspn(url, "#")),
		.headers = json_object_get(request, "headers"),
	};
	recorded_r->path = decoded_path(arena, recorded_r->uri);
	question_mark = strchr(recorded_r->uri, '?');
	if (question_mark != NULL && question_mark[1] != '\0')
		recorded_r->query = question_mark + 1;
	read_body(arena, base64 != NULL ? base64 : "", &recorded_r->body);
	recorded_r->body.content_type = recorded_header(recorded_r, "Content-Type");
	return true;
}
