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

static char *decoded_path(struct arena *arena, const char *target)
{
	char *path = arena_strndup(arena, target, strcspn(target, "?"));
	size_t size = str_percent_decode(path, strlen(path), false);

	path[size] = '\0';
	return *path == '/' ? path : "/";
}

static void read_url(struct arena *arena, const char *url, struct recorded *recorded_r)
{
	const char *host = strstr(url, "://") + strlen("://");
	const char *target = host + strcspn(host, "/?#");
	const char *question_mark;

	recorded_r->scheme = arena_strndup(arena, url, strcspn(url, ":"));
	recorded_r->authority = arena_strndup(arena, host, (size_t)(target - host));
	recorded_r->target = arena_strndup(arena, target, strcspn(target, "#"));
	recorded_r->path = decoded_path(arena, recorded_r->target);
	question_mark = strchr(recorded_r->target, '?');
	if (question_mark != NULL && question_mark[1] != '\0')
		recorded_r->query = question_mark + 1;
}

bool recorded_read(struct arena *arena, const json_t *request, struct recorded *recorded_r)
{
	const char *method = text_of(request, "method");
	const char *url = text_of(request, "url");
	const char *base64 = text_of(request, "body_b64");

	if (method == NULL || url == NULL || strstr(url, "://") == NULL)
		return false;
	*recorded_r = (struct recorded){
		.method = method,
		.headers = json_object_get(request, "headers"),
	};
	read_url(arena, url, recorded_r);
	read_body(arena, base64 != NULL ? base64 : "", &recorded_r->body);
	recorded_r->body.content_type = recorded_header(recorded_r, "Content-Type");
	return true;
}
