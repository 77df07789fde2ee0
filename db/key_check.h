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

#include "crypto.h"
#include "db.h"
#include "secret_keys.h"

/* Returns ERR_PARAMETER if a key is not the database's; the text, in the arena, says which file and
 * what to do. */
enum err key_check(struct db *db, const char **problem_r);

/* How keys of a kind have been used with the database. */
struct key_use {
	bool is_known;    /* the database has the check value of one */
	bool is_needed;   /* it has data that only that key reads */
	uint16_t highest; /* number known; 0: none */
};

struct known_key {
	int32_t kind, number;
	int32_t place; /* among those of its kind, in the order in which they were added */
	uint8_t hash[CRYPTO_HASH_SIZE];
	int64_t used_us; /* since when it seals or signs; 0: it does not yet */
	bool is_retired; /* nothing needs it */
};

/* Reads what the database knows of keys, by kind and number, into the arena. */
enum err key_check_known(struct db *db, const struct known_key **known_r, size_t *n_known_r);

struct key_uses {
	bool has_schema;               /* if false, nothing was ever stored */
	const struct known_key *known; /* in the arena */
	size_t n_known;
	struct key_use of[SECRET_KEY_KINDS];
};

/* Finds out how keys were used, for a host that has none. Returns ERR_PARAMETER if the schema is
 * not this program's. A schema that does not exist yet has had no keys. */
enum err key_uses_find(struct db *db, struct key_uses *uses_r);
/* Deletes the check values of a kind, so that another key can be used. Those that other hosts have
 * added since key_uses_find() stay. */
enum err key_forget(struct db *db, const struct key_uses *uses, enum secret_key_kind kind);

#endif
