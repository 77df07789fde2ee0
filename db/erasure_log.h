/*
 * erasures.log, beside the keys: who was erased and when, for the day when a backup from before is
 * restored. Names are hashes under a key of their own, which never changes.
 *
 * One line an erasure: microseconds since 1970, then hashes of (appid, openid), unionid and phone
 * in hex, "-" where there was none. A line is on the disk before the erasure is committed, so that
 * none is missing; that of one which then failed to commit asks for no more than was asked for.
 */
#ifndef ERASURE_LOG_H
#define ERASURE_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"

struct db;

/* Whom to forget; "": none. */
struct tombstone {
	int32_t tenant_id;
	const char *appid, *openid, *unionid, *phone;
	int64_t at_us; /* by the database's clock, as the age of a row */
};

/* 0, or -1: logged. */
int erasure_log_append(const struct db *db, const struct tombstone *tombstone);

struct erasures {
	struct erasure_mark {
		uint8_t user[CRYPTO_HASH_SIZE];
		int64_t at_us; /* of the last one */
	} *marks; /* in the order of user */
	size_t n_marks;
};

/* -1: logged. The caller frees marks. */
int erasure_log_read(const struct db *db, struct erasures *erasures_r);
/* When the user was erased; 0: never. */
int64_t erasures_find(
	const struct erasures *erasures, const struct db *db, const struct tombstone *user);

#endif
