/*
 * What the database and the key files know of each key, and how many values need it. Numbers of
 * values that are sealed or signed are read by SQL. Hashes do not name their key, so that each is
 * made anew under each look-up key.
 */
#ifndef KEY_STATES_H
#define KEY_STATES_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "key_following.h"
#include "secret_keys.h"

/* Of a key that one of them knows. */
struct key_state {
	enum secret_key_kind kind;
	int32_t number;
	int64_t used_us; /* since when it is in use; 0: not yet */
	bool is_in_use;  /* it is the one that seals or signs */
	bool is_lost, is_retired;
	bool is_looked_up; /* look-ups find what it has hashed */
	enum lookup_step step;
	int64_t n_values;  /* that it has sealed, hashed or signed; -1: of an erasure key */
	int64_t n_entries; /* of the audit that a look-up key has signed */
	bool has_more;     /* it may have hashed more values, which were not counted */
};

struct key_states_wanted {
	unsigned kinds;      /* bits of 1 << enum secret_key_kind */
	int64_t n_rows_most; /* whose hashes are counted, of each column; 0: all */
};

/* Calls key for each key of the kinds, by kind and number. Counting the
 * values reads whole tables, so the connection has no time-out from then on. */
enum err key_states_each(struct db *db, const struct key_states_wanted *wanted,
	void (*key)(void *ctx, const struct key_state *key), void *ctx);

#endif
