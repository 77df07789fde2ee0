/*
 * Writes mobile numbers in one form, so that equal numbers are equal text however people typed
 * them. Blanks, invisible characters, dashes, dots, brackets and a label in front (tel:, 手机) are
 * dropped, and so is the 0 of +86 (0)139 …, which is dialled only within a country.
 *
 * A number of the mainland has 11 digits and begins with 13 to 19. Its carrier is not checked,
 * since numbers move and new ranges open. A number from abroad is "+" and the 8 to 15 digits of
 * E.164.
 */
#ifndef MOBILE_H
#define MOBILE_H

#include <stdbool.h>

#define MOBILE_SIZE (11 + 1)
#define MOBILE_ANYWHERE_SIZE (1 + 15 + 1)

/* Reads a number of the mainland, with or without +86, 86 or 0086. Returns false if it is none. */
bool mobile_normalise(const char *text, char number_r[MOBILE_SIZE]);
/* Reads a number of the mainland, or one from abroad that begins with + or 00. */
bool mobile_normalise_anywhere(const char *text, char number_r[MOBILE_ANYWHERE_SIZE]);

#endif
