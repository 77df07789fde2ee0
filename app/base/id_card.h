/*
 * The number of a mainland resident's identity card, GB 11643: six digits of a division, the day of
 * birth, three digits of order and a check character. One that passes is well-formed, not proven
 * real. Of the division only the province is looked at: old cards carry codes long abolished.
 */
#ifndef ID_CARD_H
#define ID_CARD_H

#include <stdbool.h>

#define ID_CARD_SIZE (18 + 1)

/* Spaces around it are dropped, x becomes X. False: not 18 characters, no province, no day until
 * today, or a wrong check character. */
bool id_card_normalise(const char *text, char number_r[ID_CARD_SIZE]);

#endif
