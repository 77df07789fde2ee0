/*
 * Which of the known words somebody may have meant who typed an unknown one: "pasword", "listen".
 */
#ifndef SUGGESTION_H
#define SUGGESTION_H

#include <stddef.h>

struct suggestion {
	const char *typed;
	const char *word; /* the nearest known one; NULL: none is near */
	size_t distance;
};

/* Looks at one more known word, which the caller keeps. */
void suggestion_try(struct suggestion *suggestion, const char *known);

#endif
