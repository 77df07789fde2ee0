/*
 * Tenants: the organisations hosted here. No request updates the row of a tenant, since every
 * foreign key locks it.
 */
#ifndef DB_TENANT_H
#define DB_TENANT_H

#include <stdint.h>

#include "db.h"

struct default_app_choice;

/* Returns ERR_PARAMETER if the name is taken or empty, or choice says why. */
enum err tenant_add(
	struct db *db, const char *name, struct default_app_choice *choice, int32_t *id_r);
enum err tenant_list(
	struct db *db, void (*row)(void *ctx, int32_t id, const char *name), void *ctx);
/* Returns ERR_PARAMETER if there is no such tenant. */
enum err tenant_check(struct db *db, int32_t id);

#endif
