/*
 * Keys that no act has made: whoever may write to the table of the keys inserts the hash of a key
 * of one's own, but cannot sign the entry of the audit that goes with each key.
 */
#ifndef DB_UNMADE_KEY_H
#define DB_UNMADE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct db;

struct unmade_key {
	int32_t tenant_id; /* 0: a key of an operator */
	int32_t id;
};

/* Finds the API keys and operator keys that can be used and of whose making the audit has no entry
 * that an audit key has signed, into the arena. An entry that is signed with a key that its file
 * declares lost counts: "audit verify" tells of it. Reads the whole audit once. */
enum err unmade_key_list(struct db *db, const struct unmade_key **keys_r, size_t *n_r);

#endif
