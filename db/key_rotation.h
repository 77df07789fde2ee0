/*
 * Replaces the key that seals, or that signs the audit, by a new one while the service runs.
 *
 * Each step is a committed row of key_check, and comes only when it is safe on all hosts:
 *
 *  1. The new key is in the files of all hosts, which know it from then on (key_check.h). Nothing
 *     is sealed with it.
 *  2. key_rotation_begin(): it is in use. Each process follows within a minute (key_host.h), and
 *     opens what others have sealed with it already. Refused while a host lacks it.
 *  3. key_rotation_reseal(): what older keys have sealed is sealed again, a batch at a time. What
 * is done stays done if it is killed; the next run does the rest.
 *  4. key_rotation_retire(): no host needs the old key, and its line may go from the files. Refused
 *     while a value needs it.
 */
#ifndef KEY_ROTATION_H
#define KEY_ROTATION_H

#include <stdint.h>

#include "db.h"
#include "key_check.h"
#include "migration_lock.h"
#include "secret_keys.h"

/* Of a key that the database knows. */
struct key_state {
	enum secret_key_kind kind;
	int32_t number;
	int64_t used_us; /* since when it is in use; 0: not yet */
	bool is_in_use;  /* it is the one that seals or signs */
	bool is_lost, is_retired;
	enum lookup_step step;
	int64_t n_values;  /* that it has sealed, hashed or signed; -1: of an erasure key */
	int64_t n_entries; /* of the audit that a look-up key has signed */
};

/* Calls key for each key that the database knows, by kind and number. Counting the values reads
 * whole tables, so the connection has no time-out from then on. */
enum err key_rotation_list(
	struct db *db, void (*key)(void *ctx, const struct key_state *key), void *ctx);

/* Takes the newest key of the file into use. Does nothing if it is. Returns ERR_PARAMETER with the
 * reason if a host lacks it. */
enum err key_rotation_begin(struct db *db, enum secret_key_kind kind, const char **reason_r);

struct reseal {
	void (*wait)(void *ctx, const struct migration_holder *holder); /* for another process */
	void (*progress)(void *ctx, const struct reseal *reseal);
	void *ctx;
	int64_t n_total, n_done; /* n_done: n_closed are among them */
	int64_t n_closed;        /* values that no key opens */
};

/* Seals again what older keys have sealed, with the key in use. One process at a time does. */
enum err key_rotation_reseal(struct db *db, struct reseal *reseal);

/* Returns ERR_PARAMETER with the reason if the key is still needed. */
enum err key_rotation_retire(
	struct db *db, enum secret_key_kind kind, int32_t number, const char **reason_r);

#endif
