/*
 * Communities: what a tenant's residents belong to, one for a region at most, made when its first
 * resident comes. What else there is to say of them, and their organisations, is the operator's.
 */
#ifndef COMMUNITY_H
#define COMMUNITY_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "region.h"

/* Within a transaction: finds or makes it. */
enum err community_of_region(
	struct db *db, int32_t tenant_id, const struct region *region, int64_t *id_r);

/* Of a number: not said. */
#define COMMUNITY_KEEP (-1)

struct community {
	int64_t id;
	const char *name;         /* which it is, where it has no region */
	int64_t region_code;      /* which it is, as region_find() writes it; 0: of no one place */
	int32_t region_level;     /* 0 all, 1 province … 5 village: its institution's */
	const char *organisation; /* NULL: not said; "": none */
	/* The organisation's. */
	int32_t organisation_level, business_type, unit_type;
};

struct community_list {
	struct community *communities;
	size_t n_communities;
};

/* By id, up to 1000 from after_id on. */
enum err community_list(
	struct db *db, int32_t tenant_id, int64_t after_id, struct community_list *list_r);
/* Adds or changes all of them or none; what is not said stays as it is, or is, of a new one, the
 * region's level, 0, and 1 for unit_type. An organisation that is not there is made.
 * ERR_PARAMETER: no such tenant. */
enum err community_put(
	struct db *db, int32_t tenant_id, const struct community *communities, size_t n);

#endif
