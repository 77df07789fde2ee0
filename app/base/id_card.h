/*
 * The number of an identity card, in four forms:
 *
 * - a resident's of the mainland, GB 11643: six digits of a division, the day of birth, three
 *   digits of order and a check character. Of the division only the province is looked at: old
 *   cards carry codes long abolished;
 * - the same with 810000, 820000 or 830000, on a residence permit of somebody from Hong Kong,
 *   Macao or Taiwan;
 * - the same with 9, the province and the digits of a country, on a foreigner's permanent residence
 *   card since 2023;
 * - 15 characters, on such a card before: three letters of a country, four digits of a division,
 *   the day of birth with two digits of the year, one of order and a check digit.
 *
 * One that passes is well-formed, not proven real.
 */
#ifndef ID_CARD_H
#define ID_CARD_H

#include <stdbool.h>

#define ID_CARD_SIZE (18 + 1)

/* Blanks, what cannot be seen and dashes are dropped, full-width characters are those of ASCII,
 * letters become capitals. False: none of the four forms, no province, no day until today, or a
 * wrong check character. */
bool id_card_normalise(const char *text, char number_r[ID_CARD_SIZE]);

#endif
