/*
 * The code of a division: 2 digits for a province, 4 for a city, 6 for a county, 9 for a town and
 * 12 for a village, each beginning with the code of the division above it.
 */
#ifndef REGION_CODE_H
#define REGION_CODE_H

#include <stdint.h>

#define REGION_N_LEVELS 5

/* 1 to REGION_N_LEVELS; 0: not a code of so many digits. */
int region_level(int64_t code);
/* The division of that level in which code lies, itself at its own level; 0: code is above it. */
int64_t region_at_level(int64_t code, int level);

#endif
