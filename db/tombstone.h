/*
 * A tombstone: that a user or member was erased, and when. It serves to erase the person again
 * after a backup from before was restored. Names are hashed under a key of their own, which never
 * changes.
 *
 * It is a row of the database, from which each host has it (erasure_sync.h), and a line of each
 * host's erasures.log (erasure_log.h), which no restore of the database takes back. Two are the
 * same if subject and time are. None is ever deleted.
 */
#ifndef TOMBSTONE_H
#define TOMBSTONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "db.h"
#include "uuid.h"

struct tombstone {
	uint8_t subject[CRYPTO_HASH_SIZE]; /* the user or member */
	int64_t at_us;                     /* by the database's clock, as is the age of a row */
	uint8_t unionid[CRYPTO_HASH_SIZE], phone[CRYPTO_HASH_SIZE]; /* all zero: none */
};

/* Who was erased, or is looked for. "" for none. */
struct tombstone_subject {
	int32_t tenant_id;
	struct uuid member_uuid; /* the row_uuid of a member; nil: it is a user */
	const char *appid, *openid, *unionid, *phone;
};

struct tombstone tombstone_make(
	const struct db *db, const struct tombstone_subject *subject, int64_t at_us);

/* Tombstones in memory, which tombstone_list_free() frees. */
struct tombstone_list {
	struct tombstone *items;
	size_t n, capacity;
};

void tombstone_list_add(struct tombstone_list *list, const struct tombstone *tombstone);
/* Sorts the list by subject and time, and keeps each tombstone once. */
void tombstone_list_sort(struct tombstone_list *list);
/* Returns the place in a sorted list, or -1. */
ptrdiff_t tombstone_list_find(
	const struct tombstone_list *sorted, const struct tombstone *tombstone);
/* Returns when the subject was last erased by a sorted list, or 0. */
int64_t tombstone_list_time(const struct tombstone_list *sorted, const struct db *db,
	const struct tombstone_subject *subject);
void tombstone_list_free(struct tombstone_list *list);

struct tombstone_row {
	int64_t id;
	struct tombstone tombstone;
	/* It was written minutes ago, so that no row with a lower id may still appear: the nodes of
	 * a cluster do not commit in the order of ids. */
	bool is_settled;
};

/* Calls row for each row of the database from that id on, in the order of id, until it returns
 * false. */
enum err tombstone_each(struct db *db, int64_t from_id,
	bool (*row)(void *ctx, const struct tombstone_row *row), void *ctx);
/* Adds a row, within a transaction. Sets db->n_rows to 0 if the database has it already. */
enum err tombstone_add(struct db *db, const struct tombstone *tombstone);
/* Adds rows for those that the database lacks. */
enum err tombstone_store(struct db *db, const struct tombstone *tombstones, size_t n);

#endif
