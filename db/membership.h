/*
 * Memberships: the roles of an account in communities.
 */
#ifndef MEMBERSHIP_H
#define MEMBERSHIP_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "region.h"
#include "uuid.h"

struct membership {
	int64_t id;
	int32_t role_type;
	const char *role_type_name;
	const char *user_id, *corp_id;  /* NULL if there is none */
	const int64_t *dutys, *role_ids;
	size_t n_dutys, n_role_ids;
	int64_t community_id;
	const char *community_name;
	struct region region;           /* the community's; level 0 if it has none */
	int32_t region_level;           /* the community's */
	int64_t organisation_id;        /* the community's; 0 if it has none */
	const char *organisation_name;
	int32_t organisation_region_level, business_type, unit_type;
};

struct membership_list {
	struct membership *members;
	size_t n_members;
};

/* Both are called within a transaction. */

/* Lists at most a hundred memberships of an account, the oldest first. */
enum err membership_list(struct db *db, int32_t tenant_id, struct uuid account_id,
	struct membership_list *list_r);
/* Makes the account a resident of the region's community. */
enum err membership_add_resident(
	struct db *db, int32_t tenant_id, struct uuid account_id, const struct region *region);

#endif
