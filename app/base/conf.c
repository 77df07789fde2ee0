#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "conf.h"
#include "err.h"
#include "permission.h"
#include "str.h"
#include "suggestion.h"
#include "user_name.h"

#define ENVIRONMENT_PREFIX "WXUSER_CONF_"
#define ALL_KEYS "\"wxuserctl conf sample\" lists all"
#define COMMENTS "a comment after a value begins with \" ;\""
#define MEMORY_MAX (1 << 20)

#define KEY(kind_, section_, name_, preset_, text_, ...)                                        \
	{                                                                                       \
		.kind = kind_, .section = #section_, .name = #name_, .preset = preset_,         \
		.text = text_, .offset = offsetof(struct conf, section_##_##name_),             \
		__VA_ARGS__                                                                     \
	},

const struct conf_key conf_keys[] = {
#define CONF_STR(section, name, preset, text) KEY(CONF_KIND_STR, section, name, preset, text)
#define CONF_WORD(section, name, preset, text) KEY(CONF_KIND_WORD, section, name, preset, text)
#define CONF_TEXT(section, name, preset, text) KEY(CONF_KIND_TEXT, section, name, preset, text)
#define CONF_INT(section, name, preset, low, high, text)                                        \
	KEY(CONF_KIND_INT, section, name, #preset, text, .least = low, .most = high)
#define CONF_BOOL(section, name, preset, text)                                                  \
	KEY(CONF_KIND_BOOL, section, name, #preset, text, .choices = "true|false")
#define CONF_ENUM(section, name, preset, among, text)                                           \
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

#define N_KEYS (sizeof(conf_keys) / sizeof(conf_keys[0]) - 1)

/* In its own arena. */
struct conf_memory {
	struct conf conf;
	struct arena *arena;
};

struct loading {
	struct conf *conf;
	struct arena *arena;
	char *error;
	size_t error_size;
	bool is_failed;
	bool goes_on; /* behind a fault */
	FILE *file;
	int line; /* of the file; 0: not in it */
	int fault_line;
	bool is_line_indented;
	const char *variable; /* of the environment; NULL: not in one */
	int set_at[N_KEYS]; /* the line that sets it; 0: none */
};

/* Of the first fault. Returns what an inih handler says: 0, it failed, or 1, to go on. */
static int complain(struct loading *loading, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int complain(struct loading *loading, const char *format, ...)
{
	int size = 0;
	va_list args;

	if (loading->is_failed)
		return loading->goes_on;
	loading->is_failed = true;
	loading->fault_line = loading->line;
	if (loading->line > 0)
		size = snprintf(loading->error, loading->error_size, "%s:%d: ",
			loading->conf->path, loading->line);
	else if (loading->variable != NULL)
		size = snprintf(loading->error, loading->error_size, "environment, %s: ",
			loading->variable);
	if ((size_t)size >= loading->error_size)
		return loading->goes_on;
	va_start(args, format);
	vsnprintf(loading->error + size, loading->error_size - (size_t)size, format, args);
	va_end(args);
	return loading->goes_on;
}

static bool is_string(const struct conf_key *key)
{
	return key->kind <= CONF_KIND_TEXT;
}

/* NULL: a string may be so, else what it must be. */
static const char *find_problem(const struct conf_key *key, const char *value)
{
	size_t size = strlen(value);

	if (!str_is_utf8(value, size))
		return "UTF-8";
	if (!is_string(key))
		return NULL;
	if (size >= 2 && (*value == '"' || *value == '\'') && value[size - 1] == *value)
		return "without the quotes around it, which would belong to it";
	if (key->kind == CONF_KIND_WORD && size == 0)
		return "something; without the line its default holds";
	return key->kind != CONF_KIND_TEXT && strstr(value, " #") != NULL ? "without \" #\""
									: NULL;
}

/* NULL: done, else what the value must be. */
static const char *set_value(
	struct conf *conf, struct arena *arena, const struct conf_key *key, const char *value)
{
	void *member = (char *)conf + key->offset;
	const char *problem = find_problem(key, value);
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

static void set_presets(struct conf *conf, struct arena *arena)
{
	for (const struct conf_key *key = conf_keys; key->name != NULL; key++) {
		const char *wanted = set_value(conf, arena, key, key->preset);

		if (wanted != NULL)
			BUG("default of %s.%s is not %s", key->section, key->name, wanted);
	}
}

static void complain_of_section(struct loading *loading, const char *section)
{
	struct suggestion suggestion = {.typed = section};

	for (const struct conf_key *key = conf_keys; key->name != NULL; key++)
		suggestion_try(&suggestion, key->section);
	complain(loading, "unknown section [%s]%s; " ALL_KEYS, section,
		suggestion_ask(&suggestion, loading->arena));
}

/* The section that has a key of this name; NULL: none. */
static const char *section_of(const char *name)
{
	for (const struct conf_key *key = conf_keys; key->name != NULL; key++)
		if (strcmp(key->name, name) == 0)
			return key->section;
	return NULL;
}

/* In a section that there is. */
static void complain_of_key(struct loading *loading, const char *section, const char *name)
{
	struct suggestion suggestion = {.typed = name};

	for (const struct conf_key *key = conf_keys; key->name != NULL; key++)
		if (strcmp(key->section, section) == 0)
			suggestion_try(&suggestion, key->name);
	if (suggestion.word == NULL && section_of(name) != NULL)
		suggestion.word = arena_printf(loading->arena, "[%s] %s", section_of(name), name);
	complain(loading, "unknown key %s in section [%s]%s; " ALL_KEYS, name, section,
		suggestion_ask(&suggestion, loading->arena));
}

/* Noted why: NULL. */
static const struct conf_key *find_key(
	struct loading *loading, const char *section, const char *name)
{
	bool is_section_known = false;

	for (const struct conf_key *key = conf_keys; key->name != NULL; key++) {
		if (strcmp(key->section, section) != 0)
			continue;
		is_section_known = true;
		if (strcmp(key->name, name) == 0)
			return key;
	}
	if (is_section_known)
		complain_of_key(loading, section, name);
	else if (*section != '\0')
		complain_of_section(loading, section);
	else
		complain(loading, "%s stands before any [section]", name);
	return NULL;
}

/* inih hands an indented line to the key of the line before. That is wanted for long lists only;
 * elsewhere somebody has indented a key. */
static int continue_value(struct loading *loading, const struct conf_key *key, const char *value)
{
	const char **member = (void *)((char *)loading->conf + key->offset);
	const char *problem = find_problem(key, value);
	size_t size = is_string(key) ? strlen(*member) : 0;

	if (size == 0 || (*member)[size - 1] != ',')
		return complain(loading,
			"indented, but the line before is no list that ends with a comma");
	if (problem != NULL)
		return complain(loading, "%s must be %s", key->name, problem);
	*member = arena_printf(loading->arena, "%s%s", *member, value);
	return 1;
}

static int assign(struct loading *loading, const struct conf_key *key, const char *value)
{
	const char *wanted = set_value(loading->conf, loading->arena, key, value);

	if (wanted != NULL)
		return complain(loading, "%s must be %s%s", key->name, wanted,
			strchr(value, '#') != NULL ? "; " COMMENTS : "");
	return 1;
}

static int on_pair(void *ctx, const char *section, const char *name, const char *value)
{
	struct loading *loading = ctx;
	const struct conf_key *key = find_key(loading, section, name);

	int *set_at = key == NULL ? NULL : &loading->set_at[key - conf_keys];

	if (key == NULL)
		return loading->goes_on;
	if (*set_at > 0 && loading->is_line_indented)
		return continue_value(loading, key, value);
	if (*set_at > 0)
		return complain(loading, "%s is set twice, first in line %d; take out one", name,
			*set_at);
	*set_at = loading->line;
	return assign(loading, key, value);
}

/* As a Chinese keyboard types "=" and ":". */
static bool has_wide_sign(const char *line)
{
	return strchr("#;[ \t", *line) == NULL && strpbrk(line, "=:") == NULL &&
		(strstr(line, "＝") != NULL || strstr(line, "：") != NULL);
}

/* As some editors save it: its mark, or the other half of an ASCII character. */
static bool is_utf16(const struct loading *loading, const char *line)
{
	return loading->line == 1 &&
		(str_starts_with(line, "\xff\xfe") || str_starts_with(line, "\xfe\xff") ||
			(line[1] == '\0' && *line != '\n' && !feof(loading->file)));
}

/* Whether it can be read as a line. */
static bool is_line(struct loading *loading, const char *line, int size)
{
	if (is_utf16(loading, line))
		complain(loading, "it is UTF-16; save it as UTF-8");
	else if (strchr(line, '\n') == NULL && !feof(loading->file))
		complain(loading, "longer than %d bytes; a list may go on in an indented line",
			size - 2);
	else if (has_wide_sign(line))
		complain(loading,
			"neither [section] nor key = value: the sign is a full-width one");
	else
		return true;
	return false;
}

/* inih does not tell its handler the line, and takes the rest of a long line for another. */
static char *read_line(char *line, int size, void *ctx)
{
	struct loading *loading = ctx;

	if ((loading->is_failed && !loading->goes_on) ||
		fgets(line, size, loading->file) == NULL)
		return NULL;
	loading->line++;
	loading->is_line_indented = *line == ' ' || *line == '\t';
	if (is_line(loading, line, size))
		return line;
	*line = '\0';
	return loading->goes_on ? line : NULL;
}

/* Whom path belongs to, else, where it cannot be seen, its directory; root: who knows. */
static uid_t owner_of(const char *path, struct arena *arena)
{
	const char *slash = strrchr(path, '/');
	struct stat file;

	if (stat(path, &file) == 0)
		return file.st_uid;
	if (slash == NULL ||
		stat(arena_strndup(arena, path, (size_t)(slash + 1 - path)), &file) != 0)
		return 0;
	return file.st_uid;
}

/* A person has called it; the program itself is already the user who shall serve. */
static bool is_tool(void)
{
	return strcmp(program_invocation_short_name, PACKAGE_NAME "ctl") == 0;
}

static void complain_of_file(struct loading *loading, const char *path)
{
	const int error = errno;
	const uid_t owner = owner_of(path, loading->arena);
	struct arena *arena = loading->arena;
	char denial[PERMISSION_TEXT_SIZE];

	if (error == ENOENT)
		complain(loading, "%s: %s; say: wxuserctl conf sample >%s", path, strerror(error),
			path);
	else if (error == EACCES && owner == geteuid())
		complain(loading, "%s: %s; say: chmod u+r %s", path, strerror(error), path);
	else if (error == EACCES && is_tool())
		complain(loading, "%s: user %s may not read it; say: sudo %s%s ...", path,
			arena_strdup(arena, user_name(geteuid())),
			owner == 0 ? "" : arena_printf(arena, "-u %s ", user_name(owner)),
			program_invocation_short_name);
	else if (error == EACCES && permission_check_file(path, denial) != NULL)
		complain(loading, "%s (where the service runs as this user)", denial);
	else
		complain(loading, "%s: %s", path, strerror(error));
}

static void load_file(struct loading *loading)
{
	const char *path = loading->conf->path;
	int error_line;

	loading->file = fopen(path, "re");
	if (loading->file == NULL) {
		complain_of_file(loading, path);
		return;
	}
	error_line = ini_parse_stream(read_line, loading, on_pair, loading);
	if (error_line > 0 && (error_line < loading->fault_line || !loading->is_failed)) {
		loading->is_failed = false;
		loading->line = error_line;
		complain(loading, "neither [section] nor key = value");
	}
	loading->line = 0;
	if (ferror(loading->file))
		complain(loading, "%s: %s", path, strerror(errno));
	fclose(loading->file);
}

/* variable: WXUSER_CONF_section__key=value */
static void override(struct loading *loading, const char *variable)
{
	const char *section = variable + strlen(ENVIRONMENT_PREFIX);
	const char *gap = strstr(section, "__");
	const char *equals = strchr(section, '=');
	const struct conf_key *key;

	if (gap == NULL || gap > equals)
		return;
	loading->variable = arena_strndup(loading->arena, variable, (size_t)(equals - variable));
	key = find_key(loading, arena_strndup(loading->arena, section, (size_t)(gap - section)),
		loading->variable + (gap + 2 - variable));
	if (key != NULL)
		assign(loading, key, equals + 1);
}

static void load_environment(struct loading *loading)
{
	for (char **pair = environ; *pair != NULL; pair++)
		if (str_starts_with(*pair, ENVIRONMENT_PREFIX) && strchr(*pair, '=') != NULL)
			override(loading, *pair);
}

const char *conf_default_path(void)
{
	static const char path[] = SYSCONFDIR "/wxuser/wxuser.conf";

	return access(path, F_OK) == 0 || errno != ENOENT ? path : NULL;
}

/* In an arena of its own. */
static struct conf *load(const char *path, struct loading *loading)
{
	struct conf_memory *memory;

	loading->arena = arena_new(MEMORY_MAX);
	memory = arena_new_of(loading->arena, struct conf_memory);
	memory->arena = loading->arena;
	memory->conf.path = arena_strdup(loading->arena, path);
	loading->conf = &memory->conf;
	*loading->error = '\0';
	set_presets(loading->conf, loading->arena);
	if (path != NULL)
		load_file(loading);
	if (!loading->is_failed || loading->goes_on)
		load_environment(loading);
	if (!loading->is_failed || (loading->goes_on && (path == NULL || loading->file != NULL)))
		return loading->conf;
	arena_free(loading->arena);
	return NULL;
}

struct conf *conf_load(const char *path, char *error, size_t error_size)
{
	return load(path, &(struct loading){.error = error, .error_size = error_size});
}

struct conf *conf_load_sound(const char *path, char *error, size_t error_size)
{
	return load(path,
		&(struct loading){.error = error, .error_size = error_size, .goes_on = true});
}

void conf_free(struct conf *conf)
{
	if (conf != NULL)
		arena_free(((struct conf_memory *)conf)->arena);
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
