#include <stdbool.h>

#include "arena.h"
#include "arguments.h"
#include "err.h"
#include "fold.h"
#include "str.h"
#include "suggestion.h"

#define PRINTED_CHARS_MAX 24

/* One parameter of the usage. */
struct parameter {
	const char *option; /* "--tenant"; NULL: the value stands alone */
	const char *kind;   /* "ID", "read|write", "NAME"; NULL: the option has no value */
	bool may_be_absent;
	struct argument *value;
};

struct usage {
	struct parameter parameters[ARGUMENTS_MAX];
	size_t n_parameters;
};

/* FILE...: gives the remaining places to more of the last parameter. */
static void add_places(struct usage *usage, struct argument *values)
{
	struct parameter more = usage->parameters[usage->n_parameters - 1];

	more.may_be_absent = true;
	while (usage->n_parameters < ARGUMENTS_MAX) {
		more.value = &values[usage->n_parameters];
		usage->parameters[usage->n_parameters++] = more;
	}
}

static void usage_parse(
	const char *text, struct arena *arena, struct argument *values, struct usage *usage_r)
{
	struct parameter *parameter = usage_r->parameters;

	memset(usage_r, 0, sizeof(*usage_r));
	for (size_t size; *text != '\0'; text += size + strspn(text + size, "] ")) {
		if (strcmp(text, "...") == 0) {
			add_places(usage_r, values);
			return;
		}
		parameter->may_be_absent |= *text == '[';
		text += *text == '[';
		size = strcspn(text, ".] ");
		if (!str_starts_with(text, "--"))
			parameter->kind = arena_strndup(arena, text, size);
		else
			parameter->option = arena_strndup(arena, text, size);
		if (parameter->kind == NULL && text[size] != ']')
			continue;
		parameter->value = &values[usage_r->n_parameters++];
		if (usage_r->n_parameters == ARGUMENTS_MAX)
			BUG("too many arguments in the usage");
		parameter++;
	}
}

/* The parameter of an option; for another word the first parameter without option or value. */
static struct parameter *usage_find(struct usage *usage, const char *word, size_t size)
{
	bool is_option = str_starts_with(word, "--");

	for (size_t i = 0; i < usage->n_parameters; i++) {
		struct parameter *parameter = &usage->parameters[i];

		if (is_option && parameter->option != NULL && strlen(parameter->option) == size &&
			memcmp(parameter->option, word, size) == 0)
			return parameter;
		if (!is_option && parameter->option == NULL && parameter->value->text == NULL)
			return parameter;
	}
	return NULL;
}

static bool read_choice(const char *list, const char *text, int32_t *number_r)
{
	*number_r = str_place_in(list, "|", text, strlen(text));
	return *number_r >= 0;
}

static bool read_set(const char *list, const char *text, int32_t *number_r)
{
	for (;; text++) {
		size_t size = strcspn(text, ",");
		int place = str_place_in(list, ",", text, size);

		if (place < 0)
			return false;
		*number_r |= 1 << place;
		text += size;
		if (*text == '\0')
			return true;
	}
}

static bool is_path_kind(const char *kind)
{
	return strcmp(kind, "FILE") == 0 || strcmp(kind, "DIRECTORY") == 0;
}

static bool is_number_kind(const char *kind)
{
	return strcmp(kind, "ID") == 0 || strcmp(kind, "N") == 0 || strcmp(kind, "SECONDS") == 0;
}

static int32_t chars_max_of(const char *kind)
{
	if (strcmp(kind, "HEADS") == 0)
		return ARGUMENT_HEADS_CHARS_MAX;
	if (strcmp(kind, "OLD-ID") == 0)
		return ARGUMENT_OLD_ID_CHARS_MAX;
	return strcmp(kind, "NETWORKS") == 0 || strcmp(kind, "APPIDS") == 0 ||
			strcmp(kind, "MAP") == 0 || strcmp(kind, "SUBJECT") == 0 ||
			strcmp(kind, "WHO") == 0
		? ARGUMENT_LIST_CHARS_MAX
		: ARGUMENT_CHARS_MAX;
}

static bool read_argument(const struct parameter *parameter, const char *text, int32_t *number_r)
{
	const char *kind = parameter->kind;

	if (kind == NULL)
		return strcmp(text, parameter->option) == 0;
	if (is_path_kind(kind))
		return *text != '\0';
	if (is_number_kind(kind))
		return str_parse_int32(text, number_r) && *number_r > 0;
	if (strchr(kind, '|') != NULL)
		return read_choice(kind, text, number_r);
	if (strchr(kind, ',') != NULL)
		return read_set(kind, text, number_r);
	return strcmp(kind, "NAME") == 0 ? fold_is_name(text, chars_max_of(kind))
					 : fold_is_plain(text, chars_max_of(kind));
}

static const char *describe_kind(const char *kind, struct arena *arena)
{
	if (kind == NULL)
		return "given without a value";
	if (is_path_kind(kind))
		return *kind == 'F' ? "the name of a file" : "the name of a directory";
	if (is_number_kind(kind))
		return "a number from 1";
	if (strchr(kind, '|') != NULL)
		return arena_printf(arena, "one of %s", kind);
	if (strchr(kind, ',') != NULL)
		return arena_printf(arena, "one or more of %s", kind);
	return arena_printf(
		arena, "1 to %d characters of UTF-8 without controls", chars_max_of(kind));
}

static const char *parameter_name(const struct parameter *parameter)
{
	return parameter->option != NULL ? parameter->option : parameter->kind;
}

/* Its name is the list of what it may be. */
static bool is_choice(const struct parameter *parameter)
{
	return parameter->option == NULL && strchr(parameter->kind, '|') != NULL;
}

static const char *take_argument(
	const struct parameter *parameter, const char *text, struct arena *arena)
{
	uint32_t hidden;

	if (text == NULL)
		return arena_printf(arena, "%s needs a value", parameter_name(parameter));
	if (parameter->value->text != NULL)
		return arena_printf(arena, "%s is given twice", parameter_name(parameter));
	parameter->value->text = text;
	if (read_argument(parameter, text, &parameter->value->number))
		return NULL;
	if (parameter->kind != NULL && strcmp(parameter->kind, "NAME") == 0 &&
		fold_is_plain(text, chars_max_of(parameter->kind)) &&
		fold_find_hidden(text, &hidden))
		return arena_printf(arena, "%s holds U+%04X, which cannot be seen; type it anew",
			parameter_name(parameter), (unsigned)hidden);
	return arena_printf(arena, "%s must be %s",
		is_choice(parameter) ? "the argument" : parameter_name(parameter),
		describe_kind(parameter->kind, arena));
}

static const char *find_missing_argument(const struct usage *usage, struct arena *arena)
{
	for (size_t i = 0; i < usage->n_parameters; i++)
		if (usage->parameters[i].value->text == NULL && !usage->parameters[i].may_be_absent)
			return arena_printf(
				arena, "%s is missing", parameter_name(&usage->parameters[i]));
	return NULL;
}

bool argument_may_be_printed(const char *word, size_t size)
{
	return size > 0 && size <= PRINTED_CHARS_MAX &&
		strspn(word, "abcdefghijklmnopqrstuvwxyz-") >= size;
}

static const char *describe_unexpected(
	const struct usage *usage, const char *word, size_t place, struct arena *arena)
{
	const size_t size = strcspn(word, "=");
	struct suggestion near = {.typed = arena_strndup(arena, word, size)};

	if (!str_starts_with(word, "--") || !argument_may_be_printed(word, size))
		return arena_printf(arena,
			ARGUMENT_UNEXPECTED " (the word %zu behind the command; it is not shown, "
					    "since it may be secret)",
			place);
	for (size_t i = 0; i < usage->n_parameters; i++)
		if (usage->parameters[i].option != NULL)
			suggestion_try(&near, usage->parameters[i].option);
	return arena_printf(arena, ARGUMENT_UNEXPECTED " %s%s", near.typed,
		suggestion_ask(&near, arena));
}

const char *arguments_read(const char *usage_text, char *const *words, struct arena *arena,
	struct argument values_r[ARGUMENTS_MAX])
{
	struct usage usage;
	const char *error = NULL;
	char *const *const first = words;

	memset(values_r, 0, ARGUMENTS_MAX * sizeof(*values_r));
	usage_parse(usage_text, arena, values_r, &usage);
	while (*words != NULL && error == NULL) {
		const char *word = *words++;
		size_t name_size = strcspn(word, "=");
		const struct parameter *parameter = usage_find(&usage, word, name_size);

		if (parameter == NULL)
			error = describe_unexpected(
				&usage, word, (size_t)(words - first), arena);
		else if (parameter->option == NULL || parameter->kind == NULL)
			error = take_argument(parameter, word, arena);
		else if (word[name_size] == '=')
			error = take_argument(parameter, word + name_size + 1, arena);
		else
			error = take_argument(parameter, *words == NULL ? NULL : *words++, arena);
	}
	return error != NULL ? error : find_missing_argument(&usage, arena);
}
