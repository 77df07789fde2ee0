/*
 * Communities: what a tenant's residents belong to. A region has at most one community, which is
 * added with its first resident. The operator imports the rest: other communities, names, levels
 * and organisations.
 */
#ifndef COMMUNITY_H
#define COMMUNITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "region.h"

/* Finds the community of a region, or adds it. Call it within a transaction. */
enum err community_of_region(
	struct db *db, int32_t tenant_id, const struct region *region, int64_t *id_r);

/* In a number of an imported community: keeps what is stored. */
#define COMMUNITY_KEEP (-1)

struct community {
	int64_t id;
	const char *name;         /* identifies a community without a region */
	int64_t region_code;      /* identifies one with a region, in the short form; else 0 */
	int32_t region_level;     /* of its institution: 0 all, 1 province … 5 village */
	const char *organisation; /* NULL keeps what is stored, "" is none */
	/* Of the organisation. */
	int32_t organisation_level, business_type, unit_type;
};

struct community_list {
	struct community *communities;
	size_t n_communities;
};

/* Reads at most a thousand communities whose ids are above after_id, ordered by id. */
enum err community_list(
	struct db *db, int32_t tenant_id, int64_t after_id, struct community_list *list_r);
struct community_page {
	int32_t tenant_id;
	int64_t after_id;
	int32_t n_most;
};

/* The same for at most n_most communities. */
enum err community_page(
	struct db *db, const struct community_page *page, struct community_list *list_r);

struct community_import {
	int32_t tenant_id;
	const struct community *communities;
	size_t n_communities;
	bool is_dry_run;
	/* Set by community_import(): that are, or would be. One is changed, too, if its
	 * organisation is. */
	size_t n_added, n_changed;
};

/* Adds or changes all communities or none, and adds organisations that do not exist; a dry run only
 * looks. In a new row COMMUNITY_KEEP is the region's level, 1 for unit_type, and 0 for the others.
 * Returns ERR_PARAMETER if there is no such tenant. */
enum err community_import(struct db *db, struct community_import *import);

#endif
