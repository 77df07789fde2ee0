/*
 * Writes the documents that come from tables, for "make documents": the sample of the
 * configuration, the manual's lists of keys and of commands in mdoc, the errors of logins, and the
 * settings of a tenant.
 * It is built with directories called @sysconfdir@ and so on, so that its output is the
 * same on every host.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "arena.h"
#include "command.h"
#include "conf_key.h"
#include "login_errors.h"
#include "openapi.h"
#include "pages.h"
#include "sample.h"
#include "settings.h"

#define ARENA_LIMIT (64 << 20)

static void put_escaped(char c)
{
	if (c == '\\')
		fputs("\\e", stdout);
	else if (c == '-')
		fputs("\\-", stdout);
	else if (c == '"')
		fputs("\\(dq", stdout);
	else
		putchar(c);
}

static void put_word(const char *word, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put_escaped(word[i]);
}

/* Writes each sentence on a line of its own, as mdoc wants it. No line may begin like a macro. */
static void put_prose(const char *text)
{
	bool begins_line = true, ends_sentence;

	for (; *text != '\0'; text++) {
		ends_sentence = *text == '.' && text[1] == ' ';
		if (begins_line && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		put_escaped(*text);
		begins_line = ends_sentence || *text == '\n';
		if (ends_sentence) {
			putchar('\n');
			text++;
		}
	}
	if (!begins_line)
		putchar('\n');
}

/* Writes "a|b|c" as a, b or c, followed by end. */
static void put_choices(const char *choices, const char *end)
{
	size_t size = strcspn(choices, "|");

	while (choices[size] != '\0') {
		fputs(".Cm ", stdout);
		put_word(choices, size);
		choices += size + 1;
		size = strcspn(choices, "|");
		puts(choices[size] == '\0' ? "\nor" : " ,");
	}
	fputs(".Cm ", stdout);
	put_word(choices, size);
	printf(" %s\n", end);
}

static void write_key(const struct conf_key *key)
{
	printf(".It Va %s\n", key->name);
	put_prose(key->text);
	if (key->kind == CONF_KIND_INT) {
		printf("From %ld to %ld; default %s.\n", key->least, key->most, key->preset);
	} else if (key->choices != NULL) {
		put_choices(key->choices, ";");
		printf("default\n.Cm %s .\n", key->preset);
	} else if (*key->preset != '\0') {
		fputs("Default:\n.Ql \"", stdout);
		put_word(key->preset, strlen(key->preset));
		puts("\" .");
	}
}

static void write_keys(void)
{
	const char *section = "";

	for (const struct conf_key *key = conf_keys; key->name != NULL; key++) {
		if (strcmp(key->section, section) != 0) {
			if (*section != '\0')
				puts(".El");
			section = key->section;
			printf(".Ss [%s]\n.Bl -tag -width 4n\n", section);
		}
		write_key(key);
	}
	puts(".El");
}

/* Writes a word of a usage as arguments_read() takes it. */
static void put_argument(const char *word, size_t size)
{
	bool is_last;

	if (*word == '[') {
		puts(".Oo");
		word++;
		size--;
	}
	is_last = word[size - 1] == ']';
	size -= is_last;
	if (*word == '-') {
		fputs(".Fl ", stdout); /* it adds the first "-" */
		put_word(word + 1, size - 1);
	} else {
		fputs(islower((unsigned char)*word) ? ".Cm " : ".Ar ", stdout);
		put_word(word, size);
	}
	puts(is_last ? "\n.Oc" : "");
}

static void write_command(const struct command *command)
{
	const char *word = command->arguments;

	fputs(".It Xo\n.Ic ", stdout);
	put_word(command->name, strlen(command->name));
	putchar('\n');
	while (*word != '\0') {
		size_t size = strcspn(word, " ");

		put_argument(word, size);
		word += size + strspn(word + size, " ");
	}
	if (command->has_json)
		put_argument("[" COMMAND_JSON "]", strlen("[" COMMAND_JSON "]"));
	puts(".Xc");
	put_word(command->summary, strlen(command->summary));
	puts(".");
	if (command->details != NULL) {
		puts(".Pp");
		put_prose(command->details);
	}
}

static void write_commands(void)
{
	puts(".Bl -tag -width 4n");
	for (const struct command *const *command = commands; *command != NULL; command++)
		write_command(*command);
	puts(".El");
}

/* The directory is that of the cases of tests/. */
static void write_openapi(const char *directory)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	const struct samples samples = samples_read(arena, directory);

	openapi_write(arena, &samples, stdout);
	arena_free(arena);
}

static void write_pages(const char *directory, const char *to)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	const struct samples samples = samples_read(arena, directory);

	pages_write(arena, &samples, to);
	arena_free(arena);
}

static void write_settings(bool is_zh)
{
	struct arena *arena = arena_new(ARENA_LIMIT);

	settings_write(arena, is_zh, stdout);
	arena_free(arena);
}

int main(int argc, char **argv)
{
	const char *wanted = argc > 1 ? argv[1] : "";

	if (argc == 3 && strcmp(wanted, "openapi") == 0) {
		write_openapi(argv[2]);
	} else if (argc == 4 && strcmp(wanted, "pages") == 0) {
		write_pages(argv[2], argv[3]);
	} else if (argc == 2 && strcmp(wanted, "sample") == 0) {
		conf_write_sample(stdout);
	} else if (argc == 2 && strcmp(wanted, "keys") == 0) {
		write_keys();
	} else if (argc == 2 && strcmp(wanted, "commands") == 0) {
		write_commands();
	} else if (argc == 2 && strcmp(wanted, "login-errors") == 0) {
		login_errors_write(false, stdout);
	} else if (argc == 2 && strcmp(wanted, "login-errors-zh") == 0) {
		login_errors_write(true, stdout);
	} else if (argc == 2 && strcmp(wanted, "settings") == 0) {
		write_settings(false);
	} else if (argc == 2 && strcmp(wanted, "settings-zh") == 0) {
		write_settings(true);
	} else {
		fputs("Usage: wxuser-reference "
		      "sample|keys|commands|login-errors|login-errors-zh|settings|settings-zh\n"
		      "       wxuser-reference openapi CASES\n"
		      "       wxuser-reference pages CASES DIRECTORY\n",
			stderr);
		return EX_USAGE;
	}
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
