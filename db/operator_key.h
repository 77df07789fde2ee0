/*
 * Operator keys: a key of somebody who runs the service (SECRET_TOKEN_SIZE). It is shown once; only
 * its SHA-256 is stored. An operator belongs to no tenant, steers the service by the Admin API, and
 * reads no personal data. wxuserctl alone makes and revokes such keys: the service may only read
 * them.
 */
#ifndef OPERATOR_KEY_H
#define OPERATOR_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "db.h"
#include "principal.h"
#include "secret.h"

struct operator_key {
	int32_t id;
	const char *name;
	int64_t created_us, revoked_us; /* 0: never */
};

/* Finds the operator whose key it is. Returns ERR_UNAUTHORIZED if it is unknown or revoked. */
enum err operator_key_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r);
/* Adds a key. text_r is the key itself, to be shown once. Returns ERR_PARAMETER if the name is
 * blank or has more than 64 characters. */
enum err operator_key_add(struct db *db, const char *name, char text_r[SECRET_TOKEN_SIZE + 1]);
/* Reads all keys, revoked ones too, into the arena. */
enum err operator_key_list(struct db *db, const struct operator_key **keys_r, size_t *n_r);
/* Revokes a key, which ends its sessions. Returns ERR_PARAMETER if there is no such key. */
enum err operator_key_revoke(struct db *db, int32_t id);

#endif
