/*
 * Tenants: the organisations hosted here. A request that inserts a row of a tenant holds a shared
 * lock on the tenant's row, by the foreign key. A request that updated the tenant's row would wait
 * for all of these, so none does. An operator's command may.
 */
#ifndef DB_TENANT_H
#define DB_TENANT_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"

struct default_app_choice;

struct tenant {
	int32_t id;
	const char *name;
	int32_t n_most; /* of tenant_page() */
};

/* Returns ERR_PARAMETER if the name is taken or empty, or choice says why. */
enum err tenant_add(
	struct db *db, const char *name, struct default_app_choice *choice, int32_t *id_r);
enum err tenant_list(
	struct db *db, void (*row)(void *ctx, int32_t id, const char *name), void *ctx);
/* Reads at most n_most tenants with ids above after_id, by id, into the arena. */
enum err tenant_page(struct db *db, int32_t after_id, int32_t n_most,
	const struct tenant **tenants_r, size_t *n_r);
/* Returns ERR_PARAMETER if there is no such tenant. */
enum err tenant_check(struct db *db, int32_t id);

#endif
