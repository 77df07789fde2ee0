/*
 * Whom an import would bring back although an erasure has removed the person: what the tombstones
 * (tombstone.h) say of its rows. For db/ alone and within a transaction.
 */
#ifndef USER_IMPORT_ERASED_H
#define USER_IMPORT_ERASED_H

#include "user_import_row.h"

#define USER_IMPORT_ERASED_MAX 50

/* When the openid of a row was last erased, and when a person of its unionid or phone was. 0:
 * never. */
struct user_import_erased {
	int64_t openid_us, person_us;
};

/* Of up to USER_IMPORT_ERASED_MAX rows, one for each. */
enum err user_import_find_erased(struct db *db, const struct user_import *import,
	const struct user_import_row *rows, size_t n_rows, struct user_import_erased *erased_r);

/* The row's created_us, but not before the erasure of the openid: a replay of erasures.log would
 * take who came back since for a row from before. 0: not known. */
int64_t user_import_created_us(
	const struct user_import_row *row, const struct user_import_erased *erased);

#endif
