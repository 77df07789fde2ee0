/*
 * Mobile numbers as people write and paste them, brought to one form each, so that equal numbers
 * are equal text. Blanks, invisible characters, dashes, dots, brackets and a label in front (tel:,
 * 手机) do not count, nor does the 0 of +86 (0)139 …, which is for calls within a country.
 *
 * A number of the mainland is 11 digits, 1 and 3 to 9 first; nothing is read from its carrier,
 * since numbers move and new ranges open. One from abroad is "+" and the 8 to 15 digits of E.164.
 */
#ifndef MOBILE_H
#define MOBILE_H

#include <stdbool.h>

#define MOBILE_SIZE (11 + 1)
#define MOBILE_ANYWHERE_SIZE (1 + 15 + 1)

/* Of the mainland, also with +86, 86 or 0086 before it. False: none. */
bool mobile_normalise(const char *text, char number_r[MOBILE_SIZE]);
/* Of the mainland, or from abroad with + or 00 before it. */
bool mobile_normalise_anywhere(const char *text, char number_r[MOBILE_ANYWHERE_SIZE]);

#endif
