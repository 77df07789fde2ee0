/*
 * Introspection (RFC 7662): what an access token is worth, for the server of the tenant whose
 * person has presented it. All tokens are looked up at once, and each time, so that a revoked one
 * is inactive at once.
 */
#ifndef DB_INTROSPECTION_H
#define DB_INTROSPECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "db.h"
#include "uuid.h"

#define INTROSPECTION_TOKENS_MAX 100

struct introspection {
	uint8_t hash[CRYPTO_HASH_SIZE]; /* SHA-256 of the token */
	int32_t tenant_id, wechat_user_id;
	struct uuid account_id;
	int32_t validity; /* what the statement says of it: introspection.c */
	const char *former_ids; /* as person_view_former_ids() reads it */
	int32_t opened_by;      /* the API key that opened the login; 0: none */
	int32_t app_id;         /* 0: no app has named the user */
	const char *appid;      /* NULL: none */
	const char *openid;
	int64_t issued_us, expires_us;
};

/* Finds the active ones among n_hashes tokens of the tenant, in no order, into the arena. */
enum err introspection_list(struct db *db, int32_t tenant_id,
	const uint8_t (*hashes)[CRYPTO_HASH_SIZE], size_t n_hashes,
	struct introspection **active_r, size_t *n_active_r);

#endif
