/*
 * erasures.log, a file beside the keys: which users and members were erased, and when. It serves to
 * erase them again after a backup from before was restored. Names are hashed under a key of their
 * own, which never changes.
 *
 * One line is one erasure: microseconds since 1970, then hashes of (appid, openid), unionid and
 * phone in hexadecimal digits, "-" for none. Of a member the first hash is that of the row's uuid.
 * A line is on the disk before the erasure is committed, so that none is missing. If the commit
 * then fails, the line asks for no more than the operator or WeChat did.
 */
#ifndef ERASURE_LOG_H
#define ERASURE_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "db.h"
#include "uuid.h"

/* A line to write, or the user or member to find. "" for none. */
struct tombstone {
	int32_t tenant_id;
	struct uuid member_uuid; /* the row_uuid of a member; nil: it is a user */
	const char *appid, *openid, *unionid, *phone;
	int64_t at_us; /* by the database's clock, as is the age of a row */
};

/* Returns ERR_INTERNAL, with the reason logged, if the line cannot be written. */
enum err erasure_log_append(const struct db *db, const struct tombstone *tombstone);

struct erasures {
	struct erasure_mark {
		uint8_t subject[CRYPTO_HASH_SIZE]; /* the user or member */
		int64_t at_us;                     /* of its last erasure */
	} *marks; /* sorted by subject */
	size_t n_marks;
};

/* Returns ERR_INTERNAL, with the reason logged, if the file cannot be read. The caller frees
 * marks. */
enum err erasure_log_read(const struct db *db, struct erasures *erasures_r);
/* Returns when the user or member was erased, or 0. */
int64_t erasures_find(
	const struct erasures *erasures, const struct db *db, const struct tombstone *subject);

#endif
