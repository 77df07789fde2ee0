/*
 * How an operator names an account, and the operator's changes to it, each of which is written to
 * the audit and may be repeated.
 */
#ifndef ACCOUNT_ADMIN_H
#define ACCOUNT_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

struct account_ref {
	int32_t tenant_id;
	struct uuid id;
};

/* Finds an account. name: its id, the id of an account that was merged into it, or the number or
 * openid of one of its WeChat users; what can be both is the number. Returns ERR_USER_UNKNOWN, or
 * ERR_PARAMETER if several tenants have the openid. */
enum err account_find(struct db *db, const char *name, struct account_ref *ref_r);

/* Finds the tenant's account of this id, or the one into which it was merged. Returns
 * ERR_USER_UNKNOWN. */
enum err account_find_of_tenant(
	struct db *db, int32_t tenant_id, struct uuid id, struct account_ref *ref_r);

/* Each of the changes returns ERR_USER_UNKNOWN if the account is deleted, or its person has closed
 * it. */

/* Revokes all access tokens and refuses all logins. */
enum err account_disable(struct db *db, const struct account_ref *ref);
/* Admits logins again. Access tokens from before stay revoked. */
enum err account_enable(struct db *db, const struct account_ref *ref);
/* Revokes all access tokens. */
enum err account_log_out(struct db *db, const struct account_ref *ref);

enum own_flag { OWN_FALSE, OWN_TRUE, OWN_NONE }; /* none: the tenant's setting counts */

/* Sets one of ACCOUNT_CUSTOMER_FLAGS. Returns ERR_PARAMETER if there is no such flag. */
enum err account_set_flag(
	struct db *db, const struct account_ref *ref, const char *name, enum own_flag value);

#endif
