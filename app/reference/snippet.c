#include <string.h>

#include "arena.h"
#include "buf.h"
#include "endpoint.h"
#include "html.h"
#include "sample.h"
#include "schema.h"
#include "snippet.h"
#include "str.h"

/* help.js puts the site's own in its place. */
#define SITE "https://wxuser.example.com"

static bool is_json(const char *type)
{
	return type != NULL && str_starts_with(type, "application/json");
}

/* Returns text between quotes, for which escaped stands where text has one. */
static const char *snippet_quote(struct arena *arena, const char *text, const char *escaped)
{
	struct buf out = {.arena = arena};

	buf_append_char(&out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			buf_append_str(&out, escaped);
		else
			buf_append_char(&out, *text);
	}
	buf_append(&out, "'", 2);
	return out.data;
}

static const char *snippet_url(struct arena *arena, const struct sample *sample)
{
	return arena_printf(arena, SITE "%s", sample->target);
}

const char *snippet_pretty(struct arena *arena, const char *type, const char *text)
{
	json_t *value = NULL;
	char *dumped;

	if (is_json(type))
		value = json_loads(text, JSON_DECODE_ANY, NULL);
	if (value == NULL)
		return text;
	dumped = json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY);
	text = arena_strdup(arena, dumped);
	free(dumped);
	json_decref(value);
	return text;
}

/* What stands around the name and the value of a header. */
struct header_form {
	const char *before, *between, *after;
};

static void snippet_put_header(struct buf *text, const struct header_form *form, const char *name,
	const char *scheme, const char *value)
{
	if (value != NULL)
		buf_printf(text, "%s%s%s%s%s%s", form->before, name, form->between, scheme, value,
			form->after);
}

static void snippet_put_headers(struct buf *text, const struct sample *sample,
	const char *credential, const struct header_form *form)
{
	snippet_put_header(text, form, "Authorization", "Bearer ", credential);
	snippet_put_header(text, form, "X-WX-AppId", "", sample->appid);
	snippet_put_header(text, form, "Accept", "", sample->accept);
	snippet_put_header(text, form, "Content-Type", "", sample->type);
}

/* curl sends POST where it has a body. */
void snippet_put_curl(FILE *out, struct arena *arena, const struct sample *sample)
{
	static const struct header_form in_curl = {" \\\n  -H '", ": ", "'"};
	struct buf text = {.arena = arena};

	buf_printf(&text, "curl '%s'", snippet_url(arena, sample));
	if (strcmp(sample->endpoint->method, sample->body == NULL ? "GET" : "POST") != 0)
		buf_printf(&text, " -X %s", sample->endpoint->method);
	snippet_put_headers(&text, sample, sample->credential, &in_curl);
	if (sample->body != NULL)
		buf_printf(&text, " \\\n  -d %s", snippet_quote(arena, sample->body, "'\\''"));
	buf_append_char(&text, '\0');
	html_put(out, text.data);
}

void snippet_put_php(FILE *out, struct arena *arena, const struct sample *sample)
{
	static const struct header_form in_php = {"\n        '", ": ", "',"};
	const char *answer = "json_decode(curl_exec($curl), true)";
	struct buf text = {.arena = arena};

	if (!is_json(sample->answer_type))
		answer = "curl_exec($curl)";
	buf_printf(&text,
		"$curl = curl_init('%s');\ncurl_setopt_array($curl, [\n"
		"    CURLOPT_RETURNTRANSFER => true,\n",
		snippet_url(arena, sample));
	if (strcmp(sample->endpoint->method, "GET") != 0)
		buf_printf(&text, "    CURLOPT_CUSTOMREQUEST => '%s',\n", sample->endpoint->method);
	buf_append_str(&text, "    CURLOPT_HTTPHEADER => [");
	snippet_put_headers(&text, sample, sample->credential, &in_php);
	buf_append_str(&text, "\n    ],\n");
	if (sample->body != NULL)
		buf_printf(&text, "    CURLOPT_POSTFIELDS => %s,\n",
			snippet_quote(arena, sample->body, "\\'"));
	buf_printf(&text, "]);\n$answer = %s;\n", answer);
	buf_append_char(&text, '\0');
	html_put(out, text.data);
}

bool snippet_is_for_wx(const struct sample *sample)
{
	return (sample->endpoint->access & (ACCESS_ANYBODY | ACCESS_OWN_TOKEN)) != 0;
}

/* JSON is an object of JavaScript; anything else is a string. */
static const char *snippet_wx_body(struct arena *arena, const struct sample *sample)
{
	return is_json(sample->type) ? sample->body : snippet_quote(arena, sample->body, "\\'");
}

void snippet_put_wx(FILE *out, struct arena *arena, const struct sample *sample)
{
	static const struct header_form in_wx = {"\n    '", "': '", "',"};
	const char *token = sample->credential == NULL ? NULL : "ACCESS_TOKEN";
	struct buf text = {.arena = arena};

	buf_printf(&text, "wx.request({\n  url: '%s',\n  method: '%s',\n  header: {",
		snippet_url(arena, sample), sample->endpoint->method);
	snippet_put_headers(&text, sample, token, &in_wx);
	buf_append_str(&text, "\n  },\n");
	if (sample->body != NULL)
		buf_printf(&text, "  data: %s,\n", snippet_wx_body(arena, sample));
	buf_append_str(&text,
		"  success(res) {\n"
		"    console.log(res.statusCode, res.data)\n"
		"  },\n"
		"})\n");
	buf_append_char(&text, '\0');
	html_put(out, text.data);
}
