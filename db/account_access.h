/*
 * What an operator does to an account: off, on, out of all its logins. Each is audited and may be
 * done again.
 */
#ifndef ACCOUNT_ACCESS_H
#define ACCOUNT_ACCESS_H

#include <stdint.h>

#include "db.h"
#include "secret.h"

struct account_ref {
	int32_t tenant_id;
	uint8_t id[SECRET_UUID_SIZE];
};

/* name: an account's id, or that of one which was merged into it, or an openid. ERR_USER_UNKNOWN:
 * nobody; ERR_PARAMETER: several tenants have the openid. */
enum err account_named(struct db *db, const char *name, struct account_ref *ref_r);

/* Revokes all its access tokens, and no login succeeds. ERR_USER_UNKNOWN: deleted; so the two
 * below. */
enum err account_disable(struct db *db, const struct account_ref *ref);
/* The tokens from before stay revoked. */
enum err account_enable(struct db *db, const struct account_ref *ref);
/* Revokes all its access tokens. */
enum err account_log_out(struct db *db, const struct account_ref *ref);

#endif
