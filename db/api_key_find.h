/*
 * The key of a request: whose server presents it, or is known by its network. The first use of a
 * day is noted in the key. A worker remembers a key for some seconds (remembered.h).
 */
#ifndef DB_API_KEY_FIND_H
#define DB_API_KEY_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto.h"
#include "db.h"
#include "principal.h"

/* Finds the server whose key it is if this worker remembers it. */
bool api_key_recall(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r);
/* Finds it there or in the database, and notes its first use of a day. Returns ERR_UNAUTHORIZED if
 * it is unknown, revoked or expired. */
enum err api_key_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r);
/* The same by the name of its key. Returns ERR_UNAUTHORIZED also if several keys have it; one that
 * was rotated does not count. */
enum err api_key_find_named(struct db *db, const char *name, struct principal *principal_r);
/* Refuses with ERR_TOKEN_REVOKED what the tenant's key has opened if that can no longer be used. id
 * 0: none has. */
enum err api_key_check_opener(struct db *db, int32_t tenant_id, int32_t id);

#endif
