/*
 * Seals again, with the key in use, what older keys have sealed (key_rotation.h).
 */
#ifndef KEY_RESEAL_H
#define KEY_RESEAL_H

#include <stdint.h>

#include "db.h"
#include "migration_lock.h"

struct reseal {
	void (*wait)(void *ctx, const struct migration_holder *holder); /* for another process */
	void (*progress)(void *ctx, const struct reseal *reseal);
	void *ctx;
	int64_t n_total, n_done; /* n_done: n_closed are among them */
	int64_t n_closed;        /* values that no key opens */
};

/* Seals again what older keys have sealed, with the key in use. One process at a time does. */
enum err key_reseal_run(struct db *db, struct reseal *reseal);

#endif
