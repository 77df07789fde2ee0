/*
 * API keys: a key of a tenant's server (SECRET_TOKEN_SIZE). It is shown once; only its SHA-256 is
 * stored.
 */
#ifndef DB_API_KEY_H
#define DB_API_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "api_key_rights.h"
#include "crypto.h"
#include "db.h"
#include "secret.h"

/* Characters of a name, and of networks and apps. */
#define API_KEY_NAME_MAX_CHARS 64
#define API_KEY_LIST_MAX_CHARS 255

/* expires_us of a key that is to expire never, also where 0 is another end. */
#define API_KEY_NEVER INT64_C(-1)

/* By whose key another one is made or changed; NULL of an operator, whom nothing binds. It gives no
 * right that it lacks itself, and none if it is no longer valid. */
struct api_key_giver {
	int32_t id;
	int32_t lacks; /* of enum api_key_right, after ERR_FORBIDDEN: what was to be given */
};

/* Adds a key of which tenant_id, name, scopes, rate_per_s, networks, apps and expires_us are set,
 * and sets id. A giver's own limit is that of networks and apps that are NULL and of expires_us 0;
 * of rate_per_s 0 it is API_KEY_RATE_PER_S, or the giver's if that is less. text_r is the key
 * itself, to be shown once. Returns ERR_FORBIDDEN, or ERR_PARAMETER if there is no such tenant, or
 * for a reason that db_reason() has: an app is not the tenant's, a key with the scope wechat has no
 * networks, or expires_us has passed. */
enum err api_key_add(struct db *db, struct api_key *key, struct api_key_giver *giver,
	char text_r[SECRET_TOKEN_SIZE + 1]);
/* Sets rate_per_s and expires_us unless they are 0, and networks and apps unless they are NULL; of
 * a key of tenant_id alone, if that is set. A giver may leave a key what it had. after_r: the key
 * as it is then. Returns ERR_FORBIDDEN, or ERR_PARAMETER likewise, or if there is no such key, it
 * is revoked, or it is to end never although it was rotated and its successor is valid. */
enum err api_key_change(struct db *db, const struct api_key *change, struct api_key_giver *giver,
	struct api_key *after_r);

/* A rotation: another key does what this one does, and this one ends after a while. */
struct api_key_rotation {
	int32_t tenant_id; /* 0: of any tenant */
	int32_t id;
	int64_t overlap_us; /* for which both are valid, unless the old one ends before */
	int64_t expires_us; /* of the successor; 0: as the giver's key, which may be never */
	struct api_key_giver *giver;
	/* As they are afterwards. */
	struct api_key before, successor;
};

/* Rotates a valid key. text_r is the successor itself, to be shown once. Returns ERR_ABSENT if
 * there is no such key, ERR_FORBIDDEN if the giver lacks what it may, or ERR_PARAMETER for a reason
 * that db_reason() has: it is revoked or expired, or has a valid successor. */
enum err api_key_rotate(struct db *db, struct api_key_rotation *rotation,
	char text_r[SECRET_TOKEN_SIZE + 1]);
/* Revokes the tenant's key, or with tenant_id 0 any tenant's. Returns ERR_PARAMETER if there is no
 * such key. */
enum err api_key_revoke(struct db *db, int32_t tenant_id, int32_t id);

#endif
