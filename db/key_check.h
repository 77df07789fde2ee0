/*
 * Checks whether the keys of this host are those of the database. The database has a check value of
 * each key that was ever used with it. The check value of a new key is added, unless the key does
 * not open what another key of the same number has sealed. Every host needs the key once it is in
 * use, until it is retired, and no other key may have its number, ever.
 * It is in use at once if it is the first of its kind, or the one before is lost; otherwise
 * key_rotation.h says when. Of two hosts that add keys of a kind at the same moment one does, and
 * the other compares its own with that.
 */
#ifndef KEY_CHECK_H
#define KEY_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "key_following.h"
#include "secret_keys.h"

/* Returns ERR_PARAMETER if a key is not the database's; the text, in the arena, says which file and
 * what to do. */
enum err key_check(struct db *db, const char **problem_r);

/* The same for who only reads: new keys are tried, and the database does not learn of them. */
enum err key_check_read(struct db *db, const char **problem_r);

/* As key_check(). followed_r: the last step of a look-up key that this process follows now, as
 * LOOKUP_PROGRESS(). */
enum err key_check_follow(struct db *db, int32_t *followed_r, const char **problem_r);

/* Takes a key into use. Returns ERR_ABSENT if it is in use, retired or unknown. */
enum err key_check_begin(struct db *db, enum secret_key_kind kind, int32_t number);

/* In a long transaction that stores hashes, before all else: until its end the keys in use stay
 * those that they are now. */
enum err key_check_hold(struct db *db);

/* Reads what the database knows of keys, by kind and number, into the arena. */
enum err key_check_known(struct db *db, const struct known_key **known_r, size_t *n_known_r);

#endif
