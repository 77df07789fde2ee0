#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "arena.h"
#include "buf.h"
#include "endpoints.h"
#include "sample.h"
#include "str.h"

#define KEPT_MAX 64

struct value {
	const char *name, *text;
	bool is_number; /* in JSON it has no quotes, though its hole has */
};

/* What stands for a hole of tests/stack/case.py: those of a name, and those of a pattern. */
static const struct value named_values[] = {
	{"unique", "6_bmjrPTlm6_2sgVt7hMZOPfL2M", false},
	{"UNIQUE", "6_BMJRPTLM6_2SGVT7HMZOPFL2M", false},
	{"phone", "13800000001", false},
	{"other-phone", "13800000002", false},
	{"url", "https://wxuser.example.com", false},
	{"app", "wx0123456789abcdef", false},
	{"official-app", "wx0123456789abcde0", false},
	{"second-app", "wx0123456789abcde1", false},
	{"key", "API_KEY", false},
	{"wechat-key", "API_KEY", false},
	{"api-key1", "API_KEY", false},
	{"operator-key1", "OPERATOR_KEY", false},
	{"token1", "ACCESS_TOKEN", false},
	{"code1", "081fKx0w3Xm4B23xYb0w3LzOtK0fKx0Q", false},
	{"openid1", "o6_bmjrPTlm6_2sgVt7hMZOPfL2M", false},
	{"session-key1", "HyVFkGl5F5OQWJZZaNzBBg==", false},
	{"phone-code1", "e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144", false},
	{"sms-code1", "135790", false},
	{"verify-code1", "135790", false},
	{"cursor1", "AQABNrDVkxMkwRQyz3pWoR5yse42GJ3MkZweB3x_fQ0PU0gPUhaV93rf16PTZPV9C5F", false},
	{"id1", "7", true},
	{"key-id", "5", true},
	{"api-key-id2", "5", true},
	{"account1", "3a14a4a1-845e-6ee7-0fcd-547f2bac3636", false},
	{"account2", "3a14b7c0-0d1f-52b8-9a41-06f5e0c9d217", false},
	{"account3", "3a14c0d2-5b7e-41aa-8f02-6c1d9e4b7a55", false},
	{"merge2", "13", false},
	{"id2", "8", true},
	{"member1", "6", true},
	{"resident1", "12", false},
	{"request1", "cb2d4df2a6514ba0b56adb8b3c8a8a63", false},
	{"mail", "695BC305-1EAA-43A7-9AFB-74CCDBC0C7FD", false},
	{"email", "695bc305-1eaa-43a7-9afb-74ccdbc0c7fd", false},
	{NULL, NULL, false},
};
static const struct value pattern_values[] = {
	{"int", "6", true},
	{"digits", "12", false},
	{"day", "2026-01-29", false},
	{"time", "2026-01-29 15:00:34", false},
	{"token", "ACCESS_TOKEN", false},
	{"apikey", "API_KEY", false},
	{"apptoken", "APP_ACCESS_TOKEN", false},
	{"xsd", "2026-01-29T15:00:34.1406325+08:00", false},
	{"instant", "2026-01-29T07:00:34.140+00:00", false},
	{"utc", "2026-01-29T07:00:34.140Z", false},
	{"guid", "3a14a4a1-845e-6ee7-0fcd-547f2bac3636", false},
	{"hex", "cb2d4df2a6514ba0b56adb8b3c8a8a63", false},
	{"cursor", "AQABEeP67OqZi7z4bdSNLS8HKq_QjjsNSB1gfSpT0DCm290XGG0Y-LjMEv3zfO2I1gU", false},
	{"base32", "MGCYKSWKKLGUNXIRUU5CB2V4WIIPQBKZ", false},
	{"hash", "7c3f09ab", false},
	{"masked", "o6_****gVt7", false},
	{NULL, NULL, false},
};

/* Where the pattern's value would mislead beside other members, by the name of the member. */
static const struct value member_values[] = {
	{"expires_in", "7200", true},
	{"exp", "1769677234", true},
	{"iat", "1769670034", true},
	{"user_id", "7", true},
	{"entityVersion", "3", true},
	{"UMID", "31", false},
	{"GID", "5", false},
	{"expires", "2026-01-29 17:00:34", false},
	{"Expires", "2026-01-29T17:00:34.1406325+08:00", false},
	{"expires_at", "2026-01-29T09:00:34.140Z", false},
	{"renewed_at", "2026-01-29T08:51:02.017Z", false},
	{"erases_at", "2026-02-05T07:00:34.140Z", false},
	{"ProductTrialTimeTo", "2026-02-05", false},
	{"trial_to", "2026-02-05T07:00:34.140Z", false},
	{NULL, NULL, false},
};

struct filling {
	struct arena *arena;
	const char *path; /* of the case */
	struct value kept[KEPT_MAX]; /* the holes so far that have a pattern and a name */
	size_t n_kept;
	int n_guids; /* those without a name are of different things */
};

static _Noreturn void sample_fail(const char *path, const char *problem, const char *what)
{
	fprintf(stderr, "%s: %s %s\n", path, problem, what);
	exit(EX_DATAERR);
}

static const struct value *value_find(const struct value *values, const char *name)
{
	for (; values->name != NULL; values++)
		if (strcmp(values->name, name) == 0)
			return values;
	return NULL;
}

static void filling_keep(struct filling *filling, const char *name, const struct value *value)
{
	struct value *kept = &filling->kept[filling->n_kept];

	if (*name == '\0' || filling->n_kept == KEPT_MAX - 1)
		return;
	*kept = *value;
	kept->name = arena_strdup(filling->arena, name);
	filling->n_kept++;
}

/* Whether the member begins where what was written ends: "name":, "name":", <name> or <p:name>. */
static bool member_is_next(const struct buf *out, const char *name)
{
	const size_t name_size = strlen(name);
	size_t size = out->size;

	while (size > 0 && strchr("\":>", out->data[size - 1]) != NULL)
		size--;
	return size > name_size && memcmp(out->data + size - name_size, name, name_size) == 0 &&
		strchr("\"<:", out->data[size - name_size - 1]) != NULL;
}

static const struct value *filling_find_of_member(const struct buf *out)
{
	for (const struct value *value = member_values; value->name != NULL; value++)
		if (member_is_next(out, value->name))
			return value;
	return NULL;
}

static const struct value *filling_next_guid(struct filling *filling)
{
	struct value *value = arena_new_of(filling->arena, struct value);

	*value = *value_find(pattern_values, "guid");
	if (filling->n_guids++ > 0)
		value->text = arena_printf(filling->arena, "3a14a4a1-845e-6ee7-0fcd-547f2bac%04x",
			0x3636 + 0x11a * (filling->n_guids - 1));
	return value;
}

static const struct value *filling_find_of_pattern(
	struct filling *filling, const struct buf *out, const char *pattern)
{
	const struct value *value = filling_find_of_member(out);

	if (value != NULL)
		return value;
	return strcmp(pattern, "guid") == 0 ? filling_next_guid(filling)
					    : value_find(pattern_values, pattern);
}

/* Returns what stands for the hole "name" or "name:pattern" after what was written. */
static const struct value *filling_find(
	struct filling *filling, const struct buf *out, char *hole)
{
	char *colon = strchr(hole, ':');
	const struct value *value;

	if (colon != NULL)
		*colon = '\0';
	value = value_find(named_values, hole);
	if (value == NULL)
		value = value_find(filling->kept, hole);
	if (value == NULL && colon != NULL)
		value = filling_find_of_pattern(filling, out, colon + 1);
	if (value == NULL)
		sample_fail(filling->path, "nothing stands for", hole);
	if (colon != NULL)
		filling_keep(filling, hole, value);
	return value;
}

/* Appends the value of the hole that begins at text, after "${". Returns what follows it. */
static const char *filling_append(
	struct filling *filling, struct buf *out, const char *text, bool is_answer)
{
	const size_t size = strcspn(text, "}");
	const struct value *value =
		filling_find(filling, out, arena_strndup(filling->arena, text, size));
	const char *after = text + size + 1;

	if (is_answer && value->is_number && out->size > 0 &&
		out->data[out->size - 1] == '"' && *after == '"') {
		out->size--;
		after++;
	}
	buf_append_str(out, value->text);
	return after;
}

static const char *sample_fill(struct filling *filling, const char *text, bool is_answer)
{
	struct buf out = {.arena = filling->arena};
	const char *hole;

	while ((hole = strstr(text, "${")) != NULL) {
		buf_append(&out, text, (size_t)(hole - text));
		text = filling_append(filling, &out, hole + 2, is_answer);
	}
	buf_append_str(&out, text);
	buf_append_char(&out, '\0');
	return out.data;
}

/* The text of a file of the case, without the line break at its end; NULL if there is none. */
static char *sample_find_file(const struct filling *filling, const char *name)
{
	const char *path = arena_printf(filling->arena, "%s/%s", filling->path, name);
	struct buf text = {.arena = filling->arena};
	FILE *file = fopen(path, "r");
	int c;

	if (file == NULL)
		return NULL;
	while ((c = getc(file)) != EOF)
		buf_append_char(&text, (char)c);
	fclose(file);
	if (text.size > 0 && text.data[text.size - 1] == '\n')
		text.size--;
	buf_append_char(&text, '\0');
	return text.data;
}

static char *sample_read_file(const struct filling *filling, const char *name)
{
	char *text = sample_find_file(filling, name);

	if (text == NULL)
		sample_fail(filling->path, "cannot read", name);
	return text;
}

/* Takes the next line off text; NULL at an empty one and at the end. */
static char *sample_take_line(char **text)
{
	char *line = *text, *end = strchr(line, '\n');

	if (*line == '\0' || *line == '\n')
		return NULL;
	if (end != NULL)
		*end = '\0';
	*text = end != NULL ? end + 1 : line + strlen(line);
	return line;
}

static const char *after_prefix(const char *line, const char *prefix)
{
	return str_starts_with(line, prefix) ? line + strlen(prefix) : NULL;
}

static void sample_take_header(struct sample *sample, const char *line)
{
	const char *value;

	if (str_starts_with(line, "Key: "))
		sample->open.credential = "${key}";
	else if ((value = after_prefix(line, "Authorization: Bearer ")) != NULL)
		sample->open.credential = value;
	else if ((value = after_prefix(line, "X-WX-AppId: ")) != NULL)
		sample->open.appid = value;
	else if ((value = after_prefix(line, "Content-Type: ")) != NULL)
		sample->type = value;
	else if ((value = after_prefix(line, "Accept: ")) != NULL)
		sample->accept = value;
}

static const struct endpoint *sample_find_endpoint(const char *method, const char *path)
{
	size_t size;

	for (const struct endpoint *const *at = endpoints; *at != NULL; at++)
		if (strcmp((*at)->method, method) == 0 &&
			(strcmp((*at)->path, path) == 0 ||
				endpoint_find_parameter(*at, path, &size) != NULL))
			return *at;
	return NULL;
}

/* NULL stays NULL. */
static const char *sample_fill_request(struct filling *filling, const char *text)
{
	return text == NULL ? NULL : sample_fill(filling, text, false);
}

static void sample_read_request(struct filling *filling, struct sample *sample)
{
	char *text = sample_read_file(filling, "request");
	char *line = sample_take_line(&text), *target = line == NULL ? NULL : strchr(line, ' ');

	if (target == NULL)
		sample_fail(filling->path, "no line of request in", "request");
	*target++ = '\0';
	sample->open.target = target;
	sample->target = sample_fill_request(filling, target);
	sample->endpoint = sample_find_endpoint(line,
		arena_strndup(filling->arena, sample->target + 1,
			strcspn(sample->target, "?") - 1));
	if (sample->endpoint == NULL)
		sample_fail(filling->path, "no endpoint at", target);
	while ((line = sample_take_line(&text)) != NULL)
		sample_take_header(sample, line);
	sample->credential = sample_fill_request(filling, sample->open.credential);
	sample->appid = sample_fill_request(filling, sample->open.appid);
	if (*text == '\n' && text[1] != '\0')
		sample->open.body = text + 1;
	sample->body = sample_fill_request(filling, sample->open.body);
}

static void sample_read_answer(struct filling *filling, struct sample *sample)
{
	char *text = arena_strdup(filling->arena,
		sample_fill(filling, sample_read_file(filling, "response"), true));
	char *line;

	sample->status = sample_take_line(&text);
	while ((line = sample_take_line(&text)) != NULL)
		if (str_starts_with(line, "Content-Type: ") && strcmp(line, "Content-Type: -") != 0)
			sample->answer_type = strchr(line, ' ') + 1;
	sample->answer = *text == '\n' ? text + 1 : text;
	if (sample->accept == NULL && sample->answer_type != NULL &&
		strstr(sample->answer_type, "json") == NULL)
		sample->accept = arena_strndup(
			filling->arena, sample->answer_type, strcspn(sample->answer_type, ";"));
}

static struct sample sample_read(struct arena *arena, const char *path)
{
	struct filling filling = {
		.arena = arena,
		.path = arena_strndup(arena, path, strlen(path) - strlen("/sample")),
	};
	char *titles = sample_read_file(&filling, "sample");
	struct sample sample = {.name = strrchr(filling.path, '/') + 1};

	sample.title.zh = sample_take_line(&titles);
	sample.title.en = sample_take_line(&titles);
	if (sample.title.en == NULL)
		sample_fail(filling.path, "no title in each language in", "sample");
	sample.given = sample_find_file(&filling, "given");
	sample_read_request(&filling, &sample);
	sample_read_answer(&filling, &sample);
	return sample;
}

struct samples samples_read(struct arena *arena, const char *directory)
{
	struct samples samples = {.n_items = 0};
	struct sample *items;
	glob_t found;

	if (glob(arena_printf(arena, "%s/*/*/sample", directory), 0, NULL, &found) != 0)
		sample_fail(directory, "there is no", "sample");
	items = arena_array(arena, struct sample, found.gl_pathc);
	while (samples.n_items < found.gl_pathc) {
		items[samples.n_items] = sample_read(arena, found.gl_pathv[samples.n_items]);
		samples.n_items++;
	}
	globfree(&found);
	samples.items = items;
	return samples;
}
