/*
 * Finds the known word that somebody may have meant who typed an unknown one, such as "pasword".
 */
#ifndef SUGGESTION_H
#define SUGGESTION_H

#include <stddef.h>

struct arena;

struct suggestion {
	const char *typed;
	const char *word; /* the nearest one so far, or NULL if none is near */
	size_t distance;
};

/* Compares one more known word, which must outlive the suggestion. */
void suggestion_try(struct suggestion *suggestion, const char *known);
/* Returns "; did you mean WORD?", or "" if no word is near. */
const char *suggestion_ask(const struct suggestion *suggestion, struct arena *arena);

#endif
