/*
 * Which keys a process uses: those that the database says, of which all processes learn within a
 * minute (key_host.h).
 */
#ifndef KEY_FOLLOWING_H
#define KEY_FOLLOWING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "secret_keys.h"

struct db;

/* How far a look-up key has replaced another one (lookup_rotation.h). */
enum lookup_step {
	LOOKUP_STEP_NONE,
	LOOKUP_STEP_HASHED, /* unique hashes are made with it, too, and look-ups find both */
	LOOKUP_STEP_USED,   /* all hashes are made with it, and look-ups find both */
	LOOKUP_STEP_ALONE,  /* nothing is found by the other one */
};

/* The same step of a later key is more. */
#define LOOKUP_PROGRESS(number, step) ((number)*4 + (step))

struct known_key {
	int32_t kind, number;
	int32_t place; /* among those of its kind, in the order in which they were added */
	uint8_t hash[CRYPTO_HASH_SIZE];
	int64_t used_us; /* since when it seals or signs; 0: it does not yet */
	bool is_retired; /* nothing needs it */
	int32_t step;    /* enum lookup_step */
};

/* Returns whether the file of this host says that the key is lost. */
bool key_following_is_lost(const struct db *db, const struct known_key *known);
/* Returns the highest number of those of n keys that are in use; 0: there is none yet, or it is
 * lost. */
uint16_t key_following_in_use(const struct db *db, const struct known_key *known, size_t n,
	enum secret_key_kind kind);
/* From now on this process uses the keys that are in use. */
void key_following_follow(const struct db *db, const struct known_key *known, size_t n);
/* Returns the last step of a look-up key, as LOOKUP_PROGRESS(). */
int32_t key_following_last_step(const struct known_key *known, size_t n);

#endif
