/*
 * Communities: what a tenant's residents belong to, one for a region at most, made when its first
 * resident comes. Its organisation, if it has one, is the operator's to say.
 */
#ifndef COMMUNITY_H
#define COMMUNITY_H

#include "db.h"
#include "region.h"

/* Within a transaction: finds or makes it. */
enum err community_of_region(
	struct db *db, int32_t tenant_id, const struct region *region, int64_t *id_r);

#endif
