/*
 * How the keys of a database were used, for a host that has none, which may get new ones only if
 * nothing needs the old ones.
 */
#ifndef KEY_USES_H
#define KEY_USES_H

#include "key_check.h"

/* How keys of a kind have been used with the database. */
struct key_use {
	bool is_known;    /* the database has the check value of one */
	bool is_needed;   /* it has data that only that key reads */
	uint16_t highest; /* number known; 0: none */
};

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
