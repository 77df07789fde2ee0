/*
 * A tenant's server key: 256 random bits, stored only as SHA-256, shown once.
 */
#ifndef DB_API_KEY_H
#define DB_API_KEY_H

#include <stdint.h>

#include "crypto.h"
#include "db.h"
#include "principal.h"
#include "secret.h"

struct api_key {
	int32_t id;
	int32_t tenant_id;
	int32_t scopes; /* of enum scope */
	const char *name;
	int64_t created_us, revoked_us; /* 0: never */
};

/* The server whose key it is. ERR_UNAUTHORIZED: unknown or revoked. */
enum err api_key_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r);
/* By the key's name. ERR_UNAUTHORIZED also when several keys have it. */
enum err api_key_find_named(struct db *db, const char *name, struct principal *principal_r);
/* ERR_PARAMETER: no such tenant. text_r: the key itself, to show once. */
enum err api_key_add(struct db *db, int32_t tenant_id, const char *name, unsigned scopes,
	char text_r[SECRET_TOKEN_SIZE + 1]);
enum err api_key_list(
	struct db *db, void (*row)(void *ctx, const struct api_key *key), void *ctx);
/* ERR_PARAMETER: no such key. */
enum err api_key_revoke(struct db *db, int32_t id);

#endif
