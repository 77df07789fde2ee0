/*
 * What an account has of its own instead of its tenant's settings for customers, where an operator
 * has said so: flags of setting.def's names.
 */
#ifndef ACCOUNT_FLAG_H
#define ACCOUNT_FLAG_H

#include "account_access.h"
#include "db.h"

enum own_flag { OWN_FALSE, OWN_TRUE, OWN_NONE }; /* none: as the tenant's setting says */

/* Audited, unless it was so already. ERR_USER_UNKNOWN: deleted; ERR_PARAMETER: no such flag. */
enum err account_flag_set(
	struct db *db, const struct account_ref *ref, const char *name, enum own_flag value);

#endif
