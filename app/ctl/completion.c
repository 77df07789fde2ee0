#include <string.h>

#include "arena.h"
#include "buf.h"
#include "command.h"
#include "str.h"

/* What bash calls for a line that is typed. The rest of the script tells it what the commands are:
 * their names, the options that may follow, the values of an option, and the words of a place: how
 * many stand between the command and the one that is typed. Behind an option no place is known. */
static const char script_head[] =
	"# Completion of wxuserctl for bash, written by \"wxuserctl completion bash\".\n"
	"_wxuserctl()\n"
	"{\n"
	"\tlocal current=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD - 1]}\"\n"
	"\tlocal command= words= paths= is_list= place=0 i\n"
	"\n"
	"\t# \"--kind=mini\" comes as three words.\n"
	"\tif [ \"$current\" = = ]; then\n"
	"\t\tcurrent=\n"
	"\telif [ \"$before\" = = ]; then\n"
	"\t\tbefore=\"${COMP_WORDS[COMP_CWORD - 2]}\"\n"
	"\tfi\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tcase \"${COMP_WORDS[i]}\" in\n"
	"\t\t--config)\n"
	"\t\t\t[ \"${COMP_WORDS[i + 1]}\" = = ] && i=$((i + 1))\n"
	"\t\t\ti=$((i + 1))\n"
	"\t\t\tcontinue ;;\n"
	"\t\tesac\n"
	"\t\tcommand=\"${command:+$command }${COMP_WORDS[i]}\"\n"
	"\t\tcase \"$command\" in\n";

static const char script_places[] =
	"\tfor ((i++; i < COMP_CWORD; i++)); do\n"
	"\t\tcase \"${COMP_WORDS[i]}\" in\n"
	"\t\t-*) place=; break ;;\n"
	"\t\t*) place=$((place + 1)) ;;\n"
	"\t\tesac\n"
	"\tdone\n";

static const char script_tail[] =
	"\tesac\n"
	"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
	"\tif [ -n \"$is_list\" ] && [ \"$current\" != \"${current#*,}\" ]; then\n"
	"\t\tCOMPREPLY=($(compgen -P \"${current%,*},\" -W \"$words\" -- \"${current##*,}\"))\n"
	"\tfi\n"
	"\tcase \"$paths\" in\n"
	"\tFILE) COMPREPLY+=($(compgen -f -- \"$current\")) ;;\n"
	"\tDIRECTORY) COMPREPLY+=($(compgen -d -- \"$current\")) ;;\n"
	"\tesac\n"
	"\tif [ -n \"$paths\" ]; then\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\tfi\n"
	"}\n"
	"complete -F _wxuserctl wxuserctl\n";

/* A word of a usage, as arguments_read() takes it, without brackets and dots. */
struct usage_word {
	const char *text;
	size_t size;
	bool is_option, has_value; /* has_value: the next word is its value */
};

static const char *next_word(const char *usage, struct usage_word *word_r)
{
	usage += strspn(usage, " []");
	*word_r = (struct usage_word){.text = usage, .size = strcspn(usage, ".] ")};
	word_r->is_option = str_starts_with(usage, "--");
	word_r->has_value = word_r->is_option && usage[word_r->size] == ' ';
	return usage + word_r->size + strspn(usage + word_r->size, ".");
}

static bool is_path(const struct usage_word *word)
{
	return (word->size == 4 && str_starts_with(word->text, "FILE")) ||
		(word->size == 9 && str_starts_with(word->text, "DIRECTORY"));
}

/* The words of "a|b|c" or "a,b,c" with blanks between; "" for another kind of value. */
static const char *choices_of(struct arena *arena, const struct usage_word *word)
{
	char *choices = arena_strndup(arena, word->text, word->size);
	bool is_choice = false;

	for (char *at = choices; *at != '\0'; at++)
		if (*at == '|' || *at == ',') {
			*at = ' ';
			is_choice = true;
		}
	return is_choice ? choices : "";
}

static void print_value(struct arena *arena, const struct usage_word *value)
{
	if (is_path(value))
		printf(" paths=%.*s ;;\n", (int)value->size, value->text);
	else
		printf(" words='%s'%s ;;\n", choices_of(arena, value),
			memchr(value->text, ',', value->size) == NULL ? "" : " is_list=1");
}

/* The values of a command's options. */
static void print_values(struct arena *arena, const struct command *command)
{
	struct usage_word word, value;

	for (const char *at = command->arguments; *at != '\0';) {
		at = next_word(at, &word);
		if (!word.has_value)
			continue;
		at = next_word(at, &value);
		printf("\t'%s %.*s')", command->name, (int)word.size, word.text);
		print_value(arena, &value);
	}
}

static void append_word(struct buf *words, const char *word, size_t size)
{
	if (size == 0)
		return;
	if (words->size > 0)
		buf_append_char(words, ' ');
	buf_append(words, word, size);
}

/* What may follow a command anywhere: its options, and a path. */
static void print_options(struct arena *arena, const struct command *command)
{
	struct buf words = {.arena = arena};
	struct usage_word word = {0}, path = {0};

	for (const char *at = command->arguments; *at != '\0';) {
		const bool is_value = word.has_value;

		at = next_word(at, &word);
		if (word.is_option)
			append_word(&words, word.text, word.size);
		if (!is_value && is_path(&word))
			path = word;
	}
	if (command->has_json)
		append_word(&words, COMMAND_JSON, strlen(COMMAND_JSON));
	append_word(&words, "--help", strlen("--help"));
	printf("\t'%s '*) words='%s'", command->name, words.data);
	if (path.size > 0)
		printf(" paths=%.*s", (int)path.size, path.text);
	puts(" ;;");
}

/* The words that may stand at a place. */
static const char *words_of_place(struct arena *arena, const struct command *command,
	const struct usage_word *word, int place)
{
	const char *words = command->words == NULL ? NULL : command->words(arena, place);

	return words == NULL ? choices_of(arena, word) : words;
}

static void print_places(struct arena *arena, const struct command *command)
{
	struct usage_word word = {0};
	int place = 0;

	for (const char *at = command->arguments; *at != '\0';) {
		const bool is_value = word.has_value;
		const char *words;

		at = next_word(at, &word);
		if (is_value || word.is_option)
			continue;
		words = words_of_place(arena, command, &word, place);
		if (*words != '\0')
			printf("\t'%s %d') words+=' %s' ;;\n", command->name, place, words);
		place++;
	}
}

/* The words that come next in the names that begin with the first n_before bytes of before, each
 * once. options: what may stand there, too. */
static const char *next_names(
	struct arena *arena, const char *before, size_t n_before, const char *options)
{
	struct buf words = {.arena = arena};

	append_word(&words, options, strlen(options));

	for (const struct command *const *command = commands; *command != NULL; command++) {
		const char *name = (*command)->name;
		size_t size;

		if (strncmp(name, before, n_before) != 0)
			continue;
		name += n_before;
		size = strcspn(name, " ");
		if (words.size == 0 || str_place_in(words.data, " ", name, size) < 0)
			append_word(&words, name, size);
	}
	return words.data;
}

static bool is_first_of_noun(const struct command *const *command, size_t n_before)
{
	const char *name = (*command)->name;

	while (command > commands)
		if (strncmp((*--command)->name, name, n_before) == 0)
			return false;
	return true;
}

static int write_completion(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	fputs(script_head, stdout);
	for (const struct command *const *command = commands; *command != NULL; command++)
		printf("%s'%s'", command == commands ? "\t\t" : "|", (*command)->name);
	puts(") break ;;\n\t\tesac\n\tdone");
	fputs(script_places, stdout);
	puts("\tcase \"$command $before\" in");
	for (const struct command *const *command = commands; *command != NULL; command++)
		print_values(ctl->arena, *command);
	puts("\t*' --config') paths=FILE ;;");
	for (const struct command *const *command = commands; *command != NULL; command++)
		print_options(ctl->arena, *command);
	for (const struct command *const *command = commands; *command != NULL; command++) {
		const char *blank = strchr((*command)->name, ' ');
		const size_t n = blank == NULL ? 0 : (size_t)(blank + 1 - (*command)->name);

		if (n > 0 && is_first_of_noun(command, n))
			printf("\t'%.*s'*) words='%s' ;;\n", (int)n, (*command)->name,
				next_names(ctl->arena, (*command)->name, n, "--help"));
	}
	printf("\t' '*) words='%s' ;;\n",
		next_names(ctl->arena, "", 0, "--config --help --version"));
	puts("\tesac\n\tcase \"$command $place\" in");
	for (const struct command *const *command = commands; *command != NULL; command++)
		print_places(ctl->arena, *command);
	fputs(script_tail, stdout);
	return EXIT_SUCCESS;
}

const struct command command_completion_bash = {
	.name = "completion bash",
	.arguments = "",
	.summary = "Writes the completion of commands and their options for bash",
	.details = "\"make install\" has put it where bash finds it. Elsewhere, run in the shell:\n"
		   "source <(wxuserctl completion bash)\n",
	.run = write_completion,
};
