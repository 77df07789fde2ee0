/*
 * What a worker remembers of the rows that nearly every request needs and that seldom change: API
 * keys, apps and settings. It remembers a row for at most 5 s from when it asked for it, and
 * forgets all of them when wxuserctl or a worker on this host has changed one.
 *
 * The memory is bounded: a row takes the place of the oldest of four. What is forgotten is wiped,
 * at the latest by the worker's next tick, since some of it is secret. A row that is handed out is
 * valid until the next call, so its user copies what has to last. What the database does not have
 * is not remembered.
 *
 * A process whose struct db has no memory, as wxuserctl, finds and keeps nothing. It tells the
 * workers when a statement has written to such a row (stmt.changes_remembered); a worker does so
 * with each transaction that has.
 */
#ifndef REMEMBERED_H
#define REMEMBERED_H

#include <stddef.h>
#include <stdint.h>

#define REMEMBERED_KEY_SIZE 64    /* at most */
#define REMEMBERED_VALUE_SIZE 608 /* likewise */

enum remembered_kind {
	REMEMBERED_KEY,
	REMEMBERED_KEY_NAME,
	REMEMBERED_KEY_ID,
	REMEMBERED_APP,
	REMEMBERED_APPID,
	REMEMBERED_DEFAULT_APP,
	REMEMBERED_PUSH,
	REMEMBERED_SETTING,
};

/* A look-up: first remembered_find(), then, after the database was asked, remembered_put(). */
struct remembered_query {
	enum remembered_kind kind;
	const void *key;
	size_t key_size;
	/* Set by remembered_find(). */
	int64_t asked_us;
	uint32_t n_changes;
};

struct remembered;

/* n_changes: which rises when a row has changed. It must outlive the memory. */
struct remembered *remembered_new(_Atomic uint32_t *n_changes);
/* Wipes all of it. */
void remembered_free(struct remembered *remembered);

/* Raises it, so that all workers of the host forget. NULL: nothing is done. */
void remembered_tell(struct remembered *remembered);
/* Returns the value, or NULL. */
const void *remembered_find(struct remembered *remembered, struct remembered_query *query);
/* Returns zeroed bytes to write the value to, or NULL if it must not be kept, since something has
 * changed after the database was asked. */
void *remembered_put(struct remembered *remembered, const struct remembered_query *query);
/* Wipes what is too old. The worker calls it at each tick. */
void remembered_wipe_old(struct remembered *remembered);

#endif
