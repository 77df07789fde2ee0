/*
 * The one process that migrates, of all hosts: a lease in a committed row, which the nodes of a
 * cluster share. They do not share GET_LOCK(), nor what a transaction has locked.
 *
 * The holder renews the lease while its statements run. If it dies, the next one takes the lease
 * over after a minute, by the database's clock; at once, if that was set back by minutes since.
 */
#ifndef MIGRATION_LOCK_H
#define MIGRATION_LOCK_H

#include <stdint.h>

#include "err.h"

struct db;

#define MIGRATION_LOCK_TABLE "migration_lock"

/* There is one lock of each. */
enum migration_lock_purpose {
	MIGRATION_LOCK_SCHEMA,
	MIGRATION_LOCK_KEYS, /* values are sealed with another key (key_rotation.h) */
};

struct migration_lock {
	enum migration_lock_purpose purpose;
	struct db *db;      /* a connection of its own, since that of the migration is busy */
	const char *holder; /* set by migration_lock_take() */
	int64_t renewed_us;
};

/* Who holds it. */
struct migration_holder {
	const char *name; /* "HOST pid N" */
	int64_t since_us;
};

/* Takes the lock. While another process holds it, waits, and first calls wait unless it is NULL. */
enum err migration_lock_take(struct migration_lock *lock,
	void (*wait)(void *ctx, const struct migration_holder *holder), void *ctx);
/* Renews the lease if that is due. Returns ERR_BUSY if another process has taken it over. */
enum err migration_lock_renew(struct migration_lock *lock);
void migration_lock_release(struct migration_lock *lock);

#endif
