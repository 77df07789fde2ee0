#include <string.h>

#include "arena.h"
#include "ascii.h"
#include "str.h"
#include "suggestion.h"

#define SIZE_MAX_OF_WORD 64
/* The distance of a word to one that begins with it: less than two typing errors in short words. */
#define DISTANCE_OF_BEGINNING 2
#define BEGINNING_LEAST 4

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Returns Levenshtein's distance, without case. costs is for the beginnings of b. */
static size_t distance_of(const char *a, const char *b)
{
	size_t costs[SIZE_MAX_OF_WORD + 1];
	const size_t size = strlen(b);

	for (size_t j = 0; j <= size; j++)
		costs[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t before = costs[0]++;

		for (size_t j = 1; j <= size; j++) {
			const bool is_same = ascii_lower(a[i - 1]) == ascii_lower(b[j - 1]);
			const size_t replaced = before + (is_same ? 0 : 1);

			before = costs[j];
			costs[j] = least_of(replaced, least_of(before, costs[j - 1]) + 1);
		}
	}
	return costs[size];
}

void suggestion_try(struct suggestion *suggestion, const char *known)
{
	const char *typed = suggestion->typed;
	const size_t size = strlen(typed);
	size_t distance;

	if (size > SIZE_MAX_OF_WORD || strlen(known) > SIZE_MAX_OF_WORD)
		return;
	distance = distance_of(typed, known);
	if (size >= BEGINNING_LEAST && str_starts_with(known, typed))
		distance = least_of(distance, DISTANCE_OF_BEGINNING);
	if (distance > (size + 2) / 3 ||
		(suggestion->word != NULL && suggestion->distance <= distance))
		return;
	suggestion->word = known;
	suggestion->distance = distance;
}

const char *suggestion_ask(const struct suggestion *suggestion, struct arena *arena)
{
	if (suggestion->word == NULL)
		return "";
	return arena_printf(arena, "; did you mean %s?", suggestion->word);
}
