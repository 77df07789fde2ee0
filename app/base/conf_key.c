#include "arena.h"
#include "conf.h"
#include "conf_key.h"
#include "err.h"
#include "str.h"

#define KEY(kind_, section_, name_, preset_, text_, ...)                                           \
	{.kind = kind_,                                                                            \
		.section = #section_,                                                              \
		.name = #name_,                                                                    \
		.preset = preset_,                                                                 \
		.text = text_,                                                                     \
		.offset = offsetof(struct conf, section_##_##name_),                               \
		__VA_ARGS__},

const struct conf_key conf_keys[] = {
#define CONF_STR(section, name, preset, text) KEY(CONF_KIND_STR, section, name, preset, text)
#define CONF_WORD(section, name, preset, text) KEY(CONF_KIND_WORD, section, name, preset, text)
#define CONF_TEXT(section, name, preset, text) KEY(CONF_KIND_TEXT, section, name, preset, text)
#define CONF_INT(section, name, preset, low, high, text)                                           \
	KEY(CONF_KIND_INT, section, name, #preset, text, .least = low, .most = high)
#define CONF_BOOL(section, name, preset, text)                                                     \
	KEY(CONF_KIND_BOOL, section, name, #preset, text, .choices = "true|false")
#define CONF_ENUM(section, name, preset, among, text)                                              \
	KEY(CONF_KIND_ENUM, section, name, preset, text, .choices = among)
#include "conf.def"
#undef CONF_STR
#undef CONF_WORD
#undef CONF_TEXT
#undef CONF_INT
#undef CONF_BOOL
#undef CONF_ENUM
	{0},
};

bool conf_key_is_string(const struct conf_key *key)
{
	return key->kind <= CONF_KIND_TEXT;
}

const char *conf_key_check(const struct conf_key *key, const char *value)
{
	size_t size = strlen(value);

	if (!str_is_utf8(value, size))
		return "UTF-8";
	if (!conf_key_is_string(key))
		return NULL;
	if (size >= 2 && (*value == '"' || *value == '\'') && value[size - 1] == *value)
		return "without the quotes around it, which would belong to it";
	if (key->kind == CONF_KIND_WORD && size == 0)
		return "something; without the line its default holds";
	return key->kind != CONF_KIND_TEXT && strstr(value, " #") != NULL ? "without \" #\"" : NULL;
}

const char *conf_key_set(
	struct conf *conf, struct arena *arena, const struct conf_key *key, const char *value)
{
	void *member = (char *)conf + key->offset;
	const char *problem = conf_key_check(key, value);
	int64_t number;

	if (key->kind == CONF_KIND_INT) {
		if (!str_parse_int64(value, &number) || number < key->least || number > key->most)
			return arena_printf(
				arena, "a number from %ld to %ld", key->least, key->most);
		*(long *)member = (long)number;
		return NULL;
	}
	if (problem != NULL)
		return problem;
	if (key->choices != NULL && str_place_in(key->choices, "|", value, strlen(value)) < 0)
		return arena_printf(arena, "one of %s", key->choices);
	if (key->kind == CONF_KIND_BOOL)
		*(bool *)member = *value == 't';
	else
		*(const char **)member = arena_strdup(arena, value);
	return NULL;
}

void conf_set_presets(struct conf *conf, struct arena *arena)
{
	for (const struct conf_key *key = conf_keys; key->name != NULL; key++) {
		const char *wanted = conf_key_set(conf, arena, key, key->preset);

		if (wanted != NULL)
			BUG("default of %s.%s is not %s", key->section, key->name, wanted);
	}
}

size_t conf_key_count(void)
{
	return sizeof(conf_keys) / sizeof(conf_keys[0]) - 1;
}

static void write_bounds(FILE *out, const struct conf_key *key)
{
	if (key->kind == CONF_KIND_INT)
		fprintf(out, " From %ld to %ld.", key->least, key->most);
	if (key->choices != NULL)
		fprintf(out, " One of %s.", key->choices);
}

void conf_write_sample(FILE *out)
{
	const char *section = "";

	fputs("# Configuration of wxuser: every key with its default.\n"
	      "# Comments begin with # or ; at a line's start, and with \" ;\" within a line.\n"
	      "# After a comma a list may go on in an indented line.\n"
	      "# WXUSER_CONF_section__key in the environment goes before what stands here.\n",
		out);
	for (const struct conf_key *key = conf_keys; key->name != NULL; key++) {
		if (strcmp(key->section, section) != 0)
			fprintf(out, "\n[%s]\n", key->section);
		section = key->section;
		fprintf(out, "# %s", key->text);
		write_bounds(out, key);
		fprintf(out, "\n#%s =%s%s\n", key->name, *key->preset == '\0' ? "" : " ",
			key->preset);
	}
}
