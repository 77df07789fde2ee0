/*
 * Which of the known words somebody may have meant who typed an unknown one: "pasword", "listen".
 */
#ifndef SUGGESTION_H
#define SUGGESTION_H

#include <stddef.h>

struct arena;

struct suggestion {
	const char *typed;
	const char *word; /* the nearest known one; NULL: none is near */
	size_t distance;
};

/* Looks at one more known word, which the caller keeps. */
void suggestion_try(struct suggestion *suggestion, const char *known);
/* "; did you mean WORD?", or "" where none is near. */
const char *suggestion_ask(const struct suggestion *suggestion, struct arena *arena);

#endif
