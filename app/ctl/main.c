#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "arena.h"
#include "command.h"
#include "conf.h"
#include "confine.h"
#include "control_client.h"
#include "db.h"
#include "log.h"
#include "operator.h"
#include "str.h"
#include "unknown_command.h"

#define MEMORY_MAX (64 << 20)
#define NAME_WORDS_MAX 2

static void print_summary(const struct command *command)
{
	printf("  %-25s %s\n", command->name, command->summary);
}

static void print_help(void)
{
	fputs("Usage: wxuserctl [--config FILE] COMMAND [ARGUMENT...]\n"
	      "\n"
	      "The operator's tool of wxuser: configuration, keys, schema, tenants, apps.\n"
	      "\n"
	      "Commands:\n",
		stdout);
	for (const struct command *const *command = commands; *command != NULL; command++)
		print_summary(*command);
	fputs("\n"
	      "\"wxuserctl COMMAND --help\" prints the arguments of a command,\n"
	      "\"wxuserctl NOUN\" lists the commands of a noun.\n"
	      "\n"
	      "Options:\n"
	      "  --config FILE  the configuration; else " SYSCONFDIR
	      "/wxuser/wxuser.conf where there is one\n"
	      "  --help, -h     this text; \"help COMMAND\" and \"help NOUN\" do, too\n"
	      "  --version, -v  the version\n"
	      "  --json         what a command reads, as JSON, where its arguments have it\n"
	      "\n"
	      "Environment:\n"
	      "  WXUSER_CONF_section__key overrides that key of the file. To migrate the schema as "
	      "a\n"
	      "  user of the database with more rights than the service's:\n"
	      "  WXUSER_CONF_database__migration_user=admin \\\n"
	      "      WXUSER_CONF_database__migration_password_file=FILE wxuserctl migrate\n"
	      "\n"
	      "Exit status: 0 done, 1 failed, 64 wrong usage. Errors go to standard error.\n"
	      "\n"
	      "A first set-up:\n"
	      "  wxuserctl conf sample >" SYSCONFDIR "/wxuser/wxuser.conf\n"
	      "  wxuserctl keys create\n"
	      "  wxuserctl migrate\n"
	      "  wxuserctl tenant add \"Corner Shop\"\n"
	      "  wxuserctl app add --tenant 1 --kind mini --appid wx0123456789abcdef\n"
	      "  wxuserctl key add --tenant 1 --name back-office --scopes read,write\n"
	      "  wxuserctl check\n",
		stdout);
}

static void print_usage(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: wxuserctl [--config FILE] %s%s%s%s\n", command->name,
		*command->arguments == '\0' ? "" : " ", command->arguments,
		command->has_json ? " [" COMMAND_JSON "]" : "");
}

static void print_help_of(const struct command *command)
{
	print_usage(stdout, command);
	printf("\n%s.\n", command->summary);
	if (command->details != NULL)
		printf("\n%s", command->details);
}

/* How many of the words are the whole name of the command; 0: they name another one. */
static int count_name_words(const struct command *command, char *const *words)
{
	const char *name = command->name;

	for (int n = 0; n < NAME_WORDS_MAX && words[n] != NULL; n++) {
		if (!str_starts_with(name, words[n]))
			return 0;
		name += strlen(words[n]);
		if (*name == '\0')
			return n + 1;
		if (*name++ != ' ')
			return 0;
	}
	return 0;
}

static const struct command *find_command(char *const *words, int *n_words_r)
{
	for (const struct command *const *command = commands; *command != NULL; command++) {
		*n_words_r = count_name_words(*command, words);
		if (*n_words_r > 0)
			return *command;
	}
	return NULL;
}

static bool is_of_noun(const struct command *command, const char *noun)
{
	const size_t size = strlen(noun);

	return strncmp(command->name, noun, size) == 0 && command->name[size] == ' ';
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool is_only_help(char *const *words)
{
	return *words != NULL && is_help(*words) && words[1] == NULL;
}

/* Prints the commands of a noun that stands alone, or with --help. Returns whether it is one. */
static bool print_noun(char *const *words)
{
	bool is_noun = false;

	if (*words == NULL ||
		(words[1] != NULL && (!is_help(words[1]) || words[2] != NULL)))
		return false;
	for (const struct command *const *command = commands; *command != NULL; command++)
		if (is_of_noun(*command, *words)) {
			if (!is_noun)
				printf("Commands of %s:\n", *words);
			is_noun = true;
			print_summary(*command);
		}
	return is_noun;
}

static int fail_usage(const char *error, const struct command *command)
{
	ctl_fail("%s", error);
	if (command == NULL)
		fputs("\"wxuserctl --help\" lists the commands.\n", stderr);
	else
		print_usage(stderr, command);
	return EX_USAGE;
}

/* In place of a command, "help" and "-h" do, too: behind one they may be values. */
static bool asks_for_help(char *const *words)
{
	if (*words != NULL && (is_help(*words) || strcmp(*words, "help") == 0))
		return true;
	for (; *words != NULL; words++)
		if (strcmp(*words, "--help") == 0)
			return true;
	return false;
}

static bool asks_for_version(const char *word)
{
	return strcmp(word, "--version") == 0 || strcmp(word, "-v") == 0 ||
		strcmp(word, "-V") == 0 || strcmp(word, "version") == 0;
}

/* Prints what "help NOUN", "help NOUN VERB" or "--help" ask for. Returns the exit status. */
static int print_asked_help(struct ctl *ctl, char *const *words)
{
	const struct command *command;
	int n_words;

	if (strcmp(*words, "help") == 0 || is_help(*words))
		words++;
	command = find_command(words, &n_words);
	if (command != NULL)
		print_help_of(command);
	else if (*words == NULL || is_help(*words))
		print_help();
	else if (!print_noun(words))
		return fail_usage(unknown_command(ctl->arena, words), NULL);
	return EXIT_SUCCESS;
}

/* Returns the words without --json, and notes it, if the command takes it. */
static char *const *take_json(struct ctl *ctl, const struct command *command, char *const *words)
{
	size_t n_words = 0, n_left = 0;
	char **left;

	while (words[n_words] != NULL)
		n_words++;
	left = arena_array(ctl->arena, char *, n_words + 1);
	for (size_t i = 0; i < n_words; i++)
		if (command->has_json && !ctl->is_json && strcmp(words[i], COMMAND_JSON) == 0)
			ctl->is_json = true;
		else
			left[n_left++] = words[i];
	left[n_left] = NULL;
	return left;
}

static int run_command(struct ctl *ctl, const struct command *command, char *const *words)
{
	struct argument arguments[ARGUMENTS_MAX];
	const char *error = arguments_read(
		command->arguments, take_json(ctl, command, words), ctl->arena, arguments);
	int status;

	if (error != NULL && command->reads != NULL && str_starts_with(error, ARGUMENT_UNEXPECTED))
		error = arena_printf(ctl->arena, "%s; %s", error, command->reads);
	if (error != NULL)
		return fail_usage(error, command);
	ctl->only_reads = command_changes_nothing(command);
	if (ctl_open(ctl, command->needs) != 0)
		return EXIT_FAILURE;
	status = command->run(ctl, arguments);
	if (ctl->db != NULL && db_has_changed_remembered(ctl->db) && !control_client_forget(ctl) &&
		status == EXIT_SUCCESS)
		fputs("No master on this host has answered: the change takes effect within 5 s.\n",
			stderr);
	return status;
}

static int run_line(struct ctl *ctl, char *const *words)
{
	int n_words;
	const struct command *command = find_command(words, &n_words);

	if (command == NULL && print_noun(words))
		return EXIT_SUCCESS;
	if (asks_for_help(words) || (command != NULL && is_only_help(words + n_words)))
		return print_asked_help(ctl, words);
	if (*words != NULL && asks_for_version(*words)) {
		puts(PACKAGE_STRING);
		return EXIT_SUCCESS;
	}
	if (*words == NULL)
		return fail_usage("a command is missing", NULL);
	if (command == NULL)
		return fail_usage(unknown_command(ctl->arena, words), NULL);
	return run_command(ctl, command, words + n_words);
}

/* A new key printed to a full disk must not be taken for written. */
static int end_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	return ctl_fail("standard output: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct ctl ctl = {.arena = arena_new(MEMORY_MAX), .conf_path = conf_default_path()};
	char *const *words = argv + (argc > 0);
	int status;

	confine_process(); /* it has the keys */
	log_set_least(LOG_LEVEL_WARNING);
	signal(SIGXFSZ, SIG_IGN); /* then a write to a file that may not grow fails */
	ctl.words = words;
	ctl.origin = operator_origin(ctl.arena);
	umask(022);               /* the web server reads what "errors export" writes */
	if (*words != NULL && str_starts_with(*words, "--config=")) {
		ctl.conf_path = strchr(*words++, '=') + 1;
	} else if (*words != NULL && words[1] != NULL && strcmp(*words, "--config") == 0) {
		ctl.conf_path = words[1];
		words += 2;
	}
	status = run_line(&ctl, words);
	ctl_close(&ctl);
	return end_output(status);
}
