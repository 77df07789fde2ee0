/*
 * The number of an identity card. It has one of four forms:
 *
 * - a resident's of the mainland, GB 11643: six digits of a division, the day of birth, three
 *   digits of order and a check character. Only the province of the division is checked, since
 *   old cards carry codes that were abolished;
 * - the same with 810000, 820000 or 830000, on a residence permit of somebody from Hong Kong,
 *   Macao or Taiwan;
 * - the same with 9, the province and the digits of a country, on a foreigner's permanent residence
 *   card since 2023;
 * - 15 characters, on such a card before: three letters of a country, four digits of a division,
 *   the day of birth with two digits of the year, one of order and a check digit.
 *
 * A number that passes is well-formed. Nothing proves that the card exists.
 */
#ifndef ID_CARD_H
#define ID_CARD_H

#include <stdbool.h>

#define ID_CARD_SIZE (18 + 1)

/* Folds the text (fold.h), drops dashes and writes letters as capitals. Returns false if the number
 * has none of the four forms, names no province or no day until today, or has a wrong check
 * character. */
bool id_card_normalise(const char *text, char number_r[ID_CARD_SIZE]);

#endif
