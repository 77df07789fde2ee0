#include <stdbool.h>

#include "arena.h"
#include "arguments.h"
#include "err.h"
#include "fold.h"
#include "str.h"

/* One value of the usage. */
struct slot {
	const char *option; /* "--tenant"; NULL: the value stands alone */
	const char *kind;   /* "ID", "read|write", "NAME"; NULL: the option has no value */
	bool may_be_absent;
	struct argument *value;
};

struct usage {
	struct slot slots[ARGUMENTS_MAX];
	size_t n_slots;
};

/* FILE...: what is left of the places is for more of them. */
static void add_more(struct usage *usage, struct argument *values)
{
	struct slot more = usage->slots[usage->n_slots - 1];

	more.may_be_absent = true;
	while (usage->n_slots < ARGUMENTS_MAX) {
		more.value = &values[usage->n_slots];
		usage->slots[usage->n_slots++] = more;
	}
}

static void usage_parse(
	const char *text, struct arena *arena, struct argument *values, struct usage *usage_r)
{
	struct slot *slot = usage_r->slots;

	memset(usage_r, 0, sizeof(*usage_r));
	for (size_t size; *text != '\0'; text += size + strspn(text + size, "] ")) {
		if (strcmp(text, "...") == 0) {
			add_more(usage_r, values);
			return;
		}
		slot->may_be_absent |= *text == '[';
		text += *text == '[';
		size = strcspn(text, ".] ");
		if (!str_starts_with(text, "--"))
			slot->kind = arena_strndup(arena, text, size);
		else
			slot->option = arena_strndup(arena, text, size);
		if (slot->kind == NULL && text[size] != ']')
			continue;
		slot->value = &values[usage_r->n_slots++];
		if (usage_r->n_slots == ARGUMENTS_MAX)
			BUG("too many arguments in the usage");
		slot++;
	}
}

/* The option's slot; without an option the first free place of a value that stands alone. */
static struct slot *find_slot(struct usage *usage, const char *word, size_t size)
{
	bool is_option = str_starts_with(word, "--");

	for (size_t i = 0; i < usage->n_slots; i++) {
		struct slot *slot = &usage->slots[i];

		if (is_option && slot->option != NULL && strlen(slot->option) == size &&
			memcmp(slot->option, word, size) == 0)
			return slot;
		if (!is_option && slot->option == NULL && slot->value->text == NULL)
			return slot;
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

static bool is_path(const char *kind)
{
	return strcmp(kind, "FILE") == 0 || strcmp(kind, "DIRECTORY") == 0;
}

static bool is_number(const char *kind)
{
	return strcmp(kind, "ID") == 0 || strcmp(kind, "N") == 0 || strcmp(kind, "SECONDS") == 0;
}

static bool read_value(const struct slot *slot, const char *text, int32_t *number_r)
{
	const char *kind = slot->kind;

	if (kind == NULL)
		return strcmp(text, slot->option) == 0;
	if (is_path(kind))
		return *text != '\0';
	if (is_number(kind))
		return str_parse_int32(text, number_r) && *number_r > 0;
	if (strchr(kind, '|') != NULL)
		return read_choice(kind, text, number_r);
	if (strchr(kind, ',') != NULL)
		return read_set(kind, text, number_r);
	return fold_is_plain(text, ARGUMENT_CHARS_MAX);
}

static const char *describe(const char *kind, struct arena *arena)
{
	if (kind == NULL)
		return "given without a value";
	if (is_path(kind))
		return *kind == 'F' ? "the name of a file" : "the name of a directory";
	if (is_number(kind))
		return "a number from 1";
	if (strchr(kind, '|') != NULL)
		return arena_printf(arena, "one of %s", kind);
	if (strchr(kind, ',') != NULL)
		return arena_printf(arena, "one or more of %s", kind);
	return arena_printf(
		arena, "1 to %d characters of UTF-8 without controls", ARGUMENT_CHARS_MAX);
}

static const char *name_of(const struct slot *slot)
{
	return slot->option != NULL ? slot->option : slot->kind;
}

static const char *take(const struct slot *slot, const char *text, struct arena *arena)
{
	if (text == NULL)
		return arena_printf(arena, "%s needs a value", name_of(slot));
	if (slot->value->text != NULL)
		return arena_printf(arena, "%s is given twice", name_of(slot));
	slot->value->text = text;
	if (read_value(slot, text, &slot->value->number))
		return NULL;
	return arena_printf(arena, "%s must be %s", name_of(slot), describe(slot->kind, arena));
}

static const char *find_missing(const struct usage *usage, struct arena *arena)
{
	for (size_t i = 0; i < usage->n_slots; i++)
		if (usage->slots[i].value->text == NULL && !usage->slots[i].may_be_absent)
			return arena_printf(arena, "%s is missing", name_of(&usage->slots[i]));
	return NULL;
}

const char *arguments_read(const char *usage_text, char *const *words, struct arena *arena,
	struct argument values_r[ARGUMENTS_MAX])
{
	struct usage usage;
	const char *error = NULL;

	memset(values_r, 0, ARGUMENTS_MAX * sizeof(*values_r));
	usage_parse(usage_text, arena, values_r, &usage);
	while (*words != NULL && error == NULL) {
		const char *word = *words++;
		size_t name_size = strcspn(word, "=");
		const struct slot *slot = find_slot(&usage, word, name_size);

		if (slot == NULL)
			error = arena_printf(arena, "unexpected argument %s", word);
		else if (slot->option == NULL || slot->kind == NULL)
			error = take(slot, word, arena);
		else if (word[name_size] == '=')
			error = take(slot, word + name_size + 1, arena);
		else
			error = take(slot, *words == NULL ? NULL : *words++, arena);
	}
	return error != NULL ? error : find_missing(&usage, arena);
}
