/*
 * An organisation hosted here. Its row is never updated by requests: every foreign key locks it.
 */
#ifndef DB_TENANT_H
#define DB_TENANT_H

#include <stdint.h>

#include "db.h"

struct default_app_choice;

/* ERR_PARAMETER: the name is taken or empty, or what choice says. */
enum err tenant_add(
	struct db *db, const char *name, struct default_app_choice *choice, int32_t *id_r);
enum err tenant_list(
	struct db *db, void (*row)(void *ctx, int32_t id, const char *name), void *ctx);
/* ERR_PARAMETER: there is no such tenant. */
enum err tenant_check(struct db *db, int32_t id);

#endif
