/*
 * API keys: a key of a tenant's server, 256 random bits. It is shown once; only its SHA-256 is
 * stored.
 */
#ifndef DB_API_KEY_H
#define DB_API_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto.h"
#include "db.h"
#include "principal.h"
#include "secret.h"

struct api_key {
	int32_t id;
	int32_t tenant_id;
	int32_t scopes; /* of enum scope */
	int32_t rate_per_s; /* requests that each host takes; 0: any number */
	/* Separated by commas, without blanks; "" or NULL: all. */
	const char *networks; /* that it may be sent from */
	const char *apps;     /* of which it may ask for WeChat's token */
	const char *name;
	int64_t created_us, revoked_us; /* 0: never */
};

/* Finds the server whose key it is if this worker remembers it. */
bool api_key_recall(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r);
/* Finds it there or in the database. Returns ERR_UNAUTHORIZED if it is unknown or revoked. */
enum err api_key_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r);
/* Finds a server by the name of its key. Returns ERR_UNAUTHORIZED also if several keys have it. */
enum err api_key_find_named(struct db *db, const char *name, struct principal *principal_r);
#define API_KEY_RATE_PER_S 1000 /* of a key that is given none */

/* Adds a key of which tenant_id, name, scopes, rate_per_s, networks and apps are set, and sets id.
 * text_r is the key itself, to be shown once. Returns ERR_PARAMETER if there is no such tenant, or
 * for a reason that db_reason() has: an app is not the tenant's, or a key with the scope wechat has
 * no networks. */
enum err api_key_add(
	struct db *db, struct api_key *key, char text_r[SECRET_TOKEN_SIZE + 1]);
/* Sets rate_per_s unless it is 0, and networks and apps unless they are NULL; of a key of tenant_id
 * alone, if that is set. Returns ERR_PARAMETER likewise, or if there is no such key that is valid.
 */
enum err api_key_change(struct db *db, const struct api_key *change);
/* Calls row for each key, revoked ones too. */
enum err api_key_list(
	struct db *db, void (*row)(void *ctx, const struct api_key *key), void *ctx);
/* Reads at most n_most keys of the tenant of after with ids above its id, by id, into the arena. */
enum err api_key_page(struct db *db, const struct api_key *after, int32_t n_most,
	struct api_key **keys_r, size_t *n_r);
/* Reads the key of this tenant_id and id. Returns ERR_ABSENT if there is none. */
enum err api_key_read(struct db *db, struct api_key *key);
/* Revokes the tenant's key, or with tenant_id 0 any tenant's. Returns ERR_PARAMETER if there is no
 * such key. */
enum err api_key_revoke(struct db *db, int32_t tenant_id, int32_t id);

#endif
