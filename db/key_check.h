/*
 * Whether the keys of this host are those of its database, which knows a check value of each key
 * that was ever used with it. A key that it does not know yet is taken up, unless it leaves closed
 * what others of its number have sealed; from then on no host gets by with another one.
 */
#ifndef KEY_CHECK_H
#define KEY_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto.h"
#include "db.h"
#include "secret_keys.h"

/* ERR_PARAMETER: no, and the text in the arena says which file and what to do. */
enum err key_check(struct db *db, const char **refusal_r);

/* What keys of a kind have been at in this database. */
struct key_use {
	bool is_known;  /* it has had one */
	bool is_needed; /* there is what only the known one reads */
};

struct known_key {
	int32_t kind, number;
	uint8_t hash[CRYPTO_HASH_SIZE];
};

struct key_uses {
	bool has_schema;               /* else nothing was ever stored */
	const struct known_key *known; /* in the arena */
	size_t n_known;
	struct key_use of[SECRET_KEY_KINDS];
	uint16_t sealing_number; /* the highest known; 0: none */
};

/* For who has no keys. ERR_PARAMETER: the schema is not this program's; one that is not made yet
 * has had no keys. */
enum err key_uses_find(struct db *db, struct key_uses *uses_r);
/* So that another one may be taken up; what others have made known since stays. */
enum err key_forget(struct db *db, const struct key_uses *uses, enum secret_key_kind kind);

#endif
