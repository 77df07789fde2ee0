/*
 * The users of an import whom nothing links to what is stored: most of them, when a system is
 * moved. They wait until many are inserted at once. For db/ alone.
 */
#ifndef USER_IMPORT_NEW_H
#define USER_IMPORT_NEW_H

#include "user_import_look.h"

/* The rows of a transaction. */
struct user_import_batch {
	struct db *db;
	struct user_import *import;
	struct user_import_look looks[USER_IMPORT_MAX];
	size_t waiting[USER_IMPORT_MAX]; /* the numbers of rows that are not inserted yet */
	size_t n_waiting;
	bool is_waiting[USER_IMPORT_MAX];
	bool has_no_phone[USER_IMPORT_MAX]; /* another one has confirmed it since */
};

/* Whether nothing is known of row number i: no user, no account by its ids, nobody who would lose
 * its phone, and no earlier row of the transaction that may be any of these but one that waits. */
bool user_import_is_unlinked(const struct user_import_batch *batch, size_t i);
/* Lets row number i wait, which is unlinked. If others have confirmed its phone, the last one of
 * them keeps it. */
void user_import_wait(struct user_import_batch *batch, size_t i);
/* Inserts those who wait, in the order of their rows; in a dry run nobody. */
enum err user_import_insert(struct user_import_batch *batch);

/* Whether both texts are given and equal. */
bool user_import_is_same(const char *a, const char *b);

#endif
