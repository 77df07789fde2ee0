#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "conf.h"
#include "conf_key.h"
#include "err.h"
#include "permission.h"
#include "pool.h"
#include "str.h"
#include "suggestion.h"
#include "user_name.h"

#define ENVIRONMENT_PREFIX "WXUSER_CONF_"
#define ALL_KEYS "\"wxuserctl conf sample\" lists all"
#define COMMENTS "a comment after a value begins with \" ;\""
#define MEMORY_MAX (1 << 20)

/* A configuration is in an arena of its own. */
struct conf_memory {
	struct conf conf;
	struct arena *arena;
};

struct conf_loader {
	struct conf *conf;
	struct arena *arena;
	char *error;
	size_t error_size;
	bool is_failed;
	bool is_lenient; /* goes on after a fault */
	FILE *file;
	int line;       /* of the file; 0 outside of it */
	int fault_line; /* of the first fault */
	bool is_line_indented;
	bool is_empty;        /* the file has no line */
	const char *variable; /* the one of the environment that is read, or NULL */
	int *set_at;          /* for each of conf_keys the line that sets it, or 0 */
};

/* Keeps the text of the first fault. Returns what a handler of inih returns: 1 to go on, else 0. */
static int conf_fail(struct conf_loader *loader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int conf_fail(struct conf_loader *loader, const char *format, ...)
{
	int size = 0;
	va_list args;

	if (loader->is_failed)
		return loader->is_lenient;
	loader->is_failed = true;
	loader->fault_line = loader->line;
	if (loader->line > 0)
		size = snprintf(loader->error, loader->error_size, "%s:%d: ", loader->conf->path,
			loader->line);
	else if (loader->variable != NULL)
		size = snprintf(
			loader->error, loader->error_size, "environment, %s: ", loader->variable);
	if ((size_t)size >= loader->error_size)
		return loader->is_lenient;
	va_start(args, format);
	vsnprintf(loader->error + size, loader->error_size - (size_t)size, format, args);
	va_end(args);
	return loader->is_lenient;
}

static void conf_refuse_section(struct conf_loader *loader, const char *section)
{
	struct suggestion suggestion = {.typed = section};

	for (const struct conf_key *key = conf_keys; key->name != NULL; key++)
		suggestion_try(&suggestion, key->section);
	conf_fail(loader, "unknown section [%s]%s; " ALL_KEYS, section,
		suggestion_ask(&suggestion, loader->arena));
}

/* Returns a section that has a key of this name, or NULL. */
static const char *section_of(const char *name)
{
	for (const struct conf_key *key = conf_keys; key->name != NULL; key++)
		if (strcmp(key->name, name) == 0)
			return key->section;
	return NULL;
}

static void conf_refuse_key(struct conf_loader *loader, const char *section, const char *name)
{
	struct suggestion suggestion = {.typed = name};

	for (const struct conf_key *key = conf_keys; key->name != NULL; key++)
		if (strcmp(key->section, section) == 0)
			suggestion_try(&suggestion, key->name);
	if (suggestion.word == NULL && section_of(name) != NULL)
		suggestion.word = arena_printf(loader->arena, "[%s] %s", section_of(name), name);
	conf_fail(loader, "unknown key %s in section [%s]%s; " ALL_KEYS, name, section,
		suggestion_ask(&suggestion, loader->arena));
}

/* Returns NULL and keeps the reason if there is no such key. */
static const struct conf_key *conf_find_key(
	struct conf_loader *loader, const char *section, const char *name)
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
		conf_refuse_key(loader, section, name);
	else if (*section != '\0')
		conf_refuse_section(loader, section);
	else
		conf_fail(loader, "%s stands before any [section]", name);
	return NULL;
}

/* inih gives an indented line to the key of the line before. Only a long list may be continued so;
 * any other indented line is a key that somebody has indented. */
static int conf_continue_value(
	struct conf_loader *loader, const struct conf_key *key, const char *value)
{
	const char **member = (void *)((char *)loader->conf + key->offset);
	const char *problem = conf_key_check(key, value);
	size_t size = conf_key_is_string(key) ? strlen(*member) : 0;

	if (size == 0 || (*member)[size - 1] != ',')
		return conf_fail(
			loader, "indented, but the line before is no list that ends with a comma");
	if (problem != NULL)
		return conf_fail(loader, "%s must be %s", key->name, problem);
	*member = arena_printf(loader->arena, "%s%s", *member, value);
	return 1;
}

static int conf_set_value(struct conf_loader *loader, const struct conf_key *key, const char *value)
{
	const char *wanted = conf_key_set(loader->conf, loader->arena, key, value);

	if (wanted != NULL)
		return conf_fail(loader, "%s must be %s%s", key->name, wanted,
			strchr(value, '#') != NULL ? "; " COMMENTS : "");
	return 1;
}

static int conf_read_pair(void *ctx, const char *section, const char *name, const char *value)
{
	struct conf_loader *loader = ctx;
	const struct conf_key *key = conf_find_key(loader, section, name);

	int *set_at = key == NULL ? NULL : &loader->set_at[key - conf_keys];

	if (key == NULL)
		return loader->is_lenient;
	if (*set_at > 0 && loader->is_line_indented)
		return conf_continue_value(loader, key, value);
	if (*set_at > 0)
		return conf_fail(
			loader, "%s is set twice, first in line %d; take out one", name, *set_at);
	*set_at = loader->line;
	return conf_set_value(loader, key, value);
}

/* Chinese keyboards type "=" and ":" as full-width characters. */
static bool has_wide_sign(const char *line)
{
	return strchr("#;[ \t", *line) == NULL && strpbrk(line, "=:") == NULL &&
		(strstr(line, "＝") != NULL || strstr(line, "：") != NULL);
}

/* Some editors save UTF-16: it begins with its mark, or with an ASCII character and NUL. */
static bool is_utf16(const struct conf_loader *loader, const char *line)
{
	return loader->line == 1 &&
		(str_starts_with(line, "\xff\xfe") || str_starts_with(line, "\xfe\xff") ||
			(line[1] == '\0' && *line != '\n' && !feof(loader->file)));
}

/* Returns whether inih can read the line. */
static bool conf_accept_line(struct conf_loader *loader, const char *line, int size)
{
	if (is_utf16(loader, line))
		conf_fail(loader, "it is UTF-16; save it as UTF-8");
	else if (strchr(line, '\n') == NULL && !feof(loader->file))
		conf_fail(loader, "longer than %d bytes; a list may go on in an indented line",
			size - 2);
	else if (has_wide_sign(line))
		conf_fail(
			loader, "neither [section] nor key = value: the sign is a full-width one");
	else
		return true;
	return false;
}

/* Reads a line for inih, which does not tell its handler the number of the line and reads the rest
 * of a long line as another. */
static char *conf_read_line(char *line, int size, void *ctx)
{
	struct conf_loader *loader = ctx;

	if ((loader->is_failed && !loader->is_lenient) || fgets(line, size, loader->file) == NULL)
		return NULL;
	loader->line++;
	loader->is_line_indented = *line == ' ' || *line == '\t';
	if (conf_accept_line(loader, line, size))
		return line;
	*line = '\0';
	return loader->is_lenient ? line : NULL;
}

/* Returns the owner of the path, or of its directory if the path cannot be seen, or root. */
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

/* Only wxuserctl is called by a person; the program already runs as the user that serves. */
static bool conf_is_read_by_tool(void)
{
	return strcmp(program_invocation_short_name, PACKAGE_NAME "ctl") == 0;
}

static void conf_refuse_file(struct conf_loader *loader, const char *path)
{
	const int error = errno;
	const uid_t owner = owner_of(path, loader->arena);
	struct arena *arena = loader->arena;
	char denial[PERMISSION_TEXT_SIZE];

	if (error == ENOENT)
		conf_fail(loader, "%s: %s; run: wxuserctl conf sample >%s", path, strerror(error),
			path);
	else if (error == EACCES && owner == geteuid())
		conf_fail(loader, "%s: %s; run: chmod u+r %s", path, strerror(error), path);
	else if (error == EACCES && conf_is_read_by_tool())
		conf_fail(loader, "%s: user %s may not read it; run: sudo %s%s ...", path,
			arena_strdup(arena, user_name(geteuid())),
			owner == 0 ? "" : arena_printf(arena, "-u %s ", user_name(owner)),
			program_invocation_short_name);
	else if (error == EACCES && permission_check_file(path, denial) != NULL)
		conf_fail(loader, "%s (where the service runs as this user)", denial);
	else
		conf_fail(loader, "%s: %s", path, strerror(error));
}

/* A FIFO that nobody writes must not keep this process waiting. */
static FILE *conf_open(const char *path, struct stat *file_r)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return NULL;
	if (fstat(fd, file_r) != 0 || fcntl(fd, F_SETFL, 0) != 0)
		BUG("an open file has no state");
	return fdopen(fd, "r");
}

static void conf_parse(struct conf_loader *loader)
{
	const int error_line = ini_parse_stream(conf_read_line, loader, conf_read_pair, loader);

	if (error_line > 0 && (error_line < loader->fault_line || !loader->is_failed)) {
		loader->is_failed = false;
		loader->line = error_line;
		conf_fail(loader, "neither [section] nor key = value");
	}
	loader->is_empty = loader->line == 0;
	loader->line = 0;
}

static bool conf_check_writers(struct conf_loader *loader, const struct stat *file)
{
	const struct conf *conf = loader->conf;
	char text[PERMISSION_TEXT_SIZE];

	if (permission_check_writers(conf->path, file, "", text) == NULL)
		return true;
	/* The text names the group of server.user. */
	if (S_ISREG(file->st_mode)) {
		conf_parse(loader);
		permission_check_writers(conf->path, file, conf->server_user, text);
	}
	loader->is_failed = false;
	conf_fail(loader, "%s", text);
	fclose(loader->file);
	loader->file = NULL;
	return false;
}

/* A key file of its own is refused in the same way (secret_file.h). */
static void conf_check_readers(struct conf_loader *loader, const struct stat *file)
{
	const struct conf *conf = loader->conf;
	const char *key = !str_is_empty(conf->database_password) ? "password"
		: !str_is_empty(conf->sms_secret)                ? "secret"
								 : NULL;
	char text[PERMISSION_TEXT_SIZE];

	if (key != NULL &&
		permission_check_readers(conf->path, file, conf->server_user, text) != NULL)
		conf_fail(loader, "%s: others may read it, and %s stands there; %s", conf->path,
			key, text);
}

static void conf_load_file(struct conf_loader *loader)
{
	const char *path = loader->conf->path;
	struct stat file;

	loader->file = conf_open(path, &file);
	if (loader->file == NULL) {
		conf_refuse_file(loader, path);
		return;
	}
	if (!conf_check_writers(loader, &file))
		return;
	conf_parse(loader);
	if (ferror(loader->file))
		conf_fail(loader, "%s: %s", path, strerror(errno));
	else if (loader->is_empty && S_ISFIFO(file.st_mode))
		conf_fail(loader, "%s: nobody writes to it", path);
	conf_check_readers(loader, &file);
	fclose(loader->file);
}

/* variable: WXUSER_CONF_section__key=value */
static void conf_load_variable(struct conf_loader *loader, const char *variable)
{
	const char *section = variable + strlen(ENVIRONMENT_PREFIX);
	const char *gap = strstr(section, "__");
	const char *equals = strchr(section, '=');
	const struct conf_key *key;

	if (gap == NULL || gap > equals)
		return;
	loader->variable = arena_strndup(loader->arena, variable, (size_t)(equals - variable));
	key = conf_find_key(loader, arena_strndup(loader->arena, section, (size_t)(gap - section)),
		loader->variable + (gap + 2 - variable));
	if (key != NULL)
		conf_set_value(loader, key, equals + 1);
}

static void conf_load_environment(struct conf_loader *loader)
{
	for (char **pair = environ; *pair != NULL; pair++)
		if (str_starts_with(*pair, ENVIRONMENT_PREFIX) && strchr(*pair, '=') != NULL)
			conf_load_variable(loader, *pair);
}

const char *conf_default_path(void)
{
	static const char path[] = SYSCONFDIR "/wxuser/wxuser.conf";

	return access(path, F_OK) == 0 || errno != ENOENT ? path : NULL;
}

/* Those that this process may use: taskset, systemd or a container may restrict them. The kernel
 * refuses the set only where it has more processors than the set has places. */
static int conf_count_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : CPU_SETSIZE;
}

static struct conf *conf_load_with(const char *path, struct conf_loader *loader)
{
	struct conf_memory *memory;

	loader->arena = arena_new(MEMORY_MAX);
	memory = arena_new_of(loader->arena, struct conf_memory);
	memory->arena = loader->arena;
	memory->conf.path = arena_strdup(loader->arena, path);
	loader->conf = &memory->conf;
	loader->set_at = arena_array(loader->arena, int, conf_key_count());
	*loader->error = '\0';
	conf_set_presets(loader->conf, loader->arena);
	if (path != NULL)
		conf_load_file(loader);
	if (!loader->is_failed || loader->is_lenient)
		conf_load_environment(loader);
	if (loader->conf->server_workers_core == 0)
		loader->conf->server_workers_core = pool_core_workers(conf_count_processors());
	if (!loader->is_failed || (loader->is_lenient && (path == NULL || loader->file != NULL)))
		return loader->conf;
	arena_free(loader->arena);
	return NULL;
}

struct conf *conf_load(const char *path, char *error, size_t error_size)
{
	return conf_load_with(
		path, &(struct conf_loader){.error = error, .error_size = error_size});
}

struct conf *conf_load_lenient(const char *path, char *error, size_t error_size)
{
	return conf_load_with(path,
		&(struct conf_loader){
			.error = error, .error_size = error_size, .is_lenient = true});
}

void conf_free(struct conf *conf)
{
	if (conf != NULL)
		arena_free(((struct conf_memory *)conf)->arena);
}
