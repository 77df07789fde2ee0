/*
 * Whether what is looked up by phone was hashed under the look-up key: where the phone stands
 * beside its hash it can be hashed again.
 */
#ifndef HASHED_H
#define HASHED_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

enum hashed_table { HASHED_MEMBER, HASHED_WECHAT_USER, HASHED_RESIDENT, HASHED_N };

struct hashed_column {
	const char *name;          /* "member.phone_hash" */
	int64_t n_values, n_wrong; /* tried; of these, hashed under another key */
	int64_t wrong_id;          /* primary key of the first one; 0: none */
};

/* Tries those of the first rows of each table, or of all. */
enum err hashed_try(struct db *db, bool tries_all, struct hashed_column columns_r[HASHED_N]);

#endif
