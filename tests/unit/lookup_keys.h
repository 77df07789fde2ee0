/*
 * Two look-up keys, of which the second replaces the first, as a process has them at each step of
 * db/lookup_rotation.h.
 */
#ifndef LOOKUP_KEYS_H
#define LOOKUP_KEYS_H

#include "secret_keys.h"

/* Opened by lookup_keys_open(), and used by test_db from then on, which follows step 0. */
extern struct secret_keys *lookup_keys;

/* Call it after mariadb_open(). mariadb_close() must follow lookup_keys_close(). */
void lookup_keys_open(void);
void lookup_keys_close(void);

/* As a process does that follows the step, 0 to 3. */
void lookup_keys_follow(int step);

#endif
