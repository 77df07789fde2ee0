/*
 * A tenant's server key: 256 random bits, stored only as SHA-256, shown once.
 */
#ifndef DB_API_KEY_H
#define DB_API_KEY_H

#include <stdint.h>

#include "db.h"
#include "secret.h"

struct api_key {
	int32_t id;
	int32_t tenant_id;
	int32_t scopes; /* as in enum scope: 1 read, 2 write, 4 admin */
	const char *name;
	int64_t created_us, revoked_us; /* 0: never */
};

/* Revoked ones are not found. */
int api_key_find(struct db *db, const uint8_t hash[SECRET_HASH_SIZE], struct api_key *key_r);
/* By its name; 0 also when several have it. */
int api_key_find_named(struct db *db, const char *name, struct api_key *key_r);
/* ERR_PARAMETER: no such tenant. text_r: the key itself, to show once. */
enum err api_key_add(struct db *db, int32_t tenant_id, const char *name, unsigned scopes,
	char text_r[SECRET_TOKEN_SIZE + 1]);
enum err api_key_list(
	struct db *db, void (*row)(void *ctx, const struct api_key *key), void *ctx);
/* ERR_PARAMETER: no such key. */
enum err api_key_revoke(struct db *db, int32_t id);

#endif
