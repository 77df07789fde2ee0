/*
 * Tenants: the organisations hosted here. A request that inserts a row of a tenant holds a shared
 * lock on the tenant's row, by the foreign key. A request that updated the tenant's row would wait
 * for all of these, so none does. An operator's command may.
 *
 * The requests of a tenant that is disabled are refused with ERR_TENANT_DISABLED. WeChat's events
 * are taken all the same, since people withdraw by them what they have given; jobs go on, too.
 */
#ifndef DB_TENANT_H
#define DB_TENANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

struct default_app_choice;

struct tenant {
	int32_t id;
	const char *name;
	int64_t disabled_us; /* since when it is disabled; 0: it is enabled */
	int32_t n_most;      /* of tenant_page() */
};

/* Returns ERR_PARAMETER if the name is taken or empty, or choice says why. */
enum err tenant_add(
	struct db *db, const char *name, struct default_app_choice *choice, int32_t *id_r);
enum err tenant_list(
	struct db *db, void (*row)(void *ctx, const struct tenant *tenant), void *ctx);
/* Reads at most n_most tenants with ids above after_id, by id, into the arena. */
enum err tenant_page(struct db *db, int32_t after_id, int32_t n_most,
	const struct tenant **tenants_r, size_t *n_r);
/* Reads the tenant of this id. Returns ERR_ABSENT if there is none. */
enum err tenant_read(struct db *db, int32_t id, struct tenant *tenant_r);
/* Writes to the audit what was done to the tenant. */
enum err tenant_note(struct db *db, const struct tenant *tenant, const char *action);
/* Returns ERR_PARAMETER if there is no such tenant. */
enum err tenant_check(struct db *db, int32_t id);

struct tenant_change {
	int32_t id;
	const char *name; /* NULL: as it is */
	bool sets_disabled, is_disabled;
};

/* Changes what differs. Returns ERR_ABSENT if there is no such tenant, ERR_PARAMETER if the name is
 * taken or empty. tenant_r: as it is then; its name was before_name_r. */
enum err tenant_change(struct db *db, const struct tenant_change *change,
	struct tenant *tenant_r, const char **before_name_r);

/* SQL: since when the tenant of this id is disabled; NULL: it is enabled. */
#define TENANT_DISABLED_AT(ID) "(SELECT disabled_at FROM tenant WHERE id = " ID ")"

/* Whether the tenant was disabled when this worker last looked (maintenance.h). */
bool tenant_is_disabled(const struct db *db, int32_t id);
/* Keeps the ids of those that are disabled, with commas between; NULL: none. */
void tenant_keep_disabled(struct db *db, const char *ids);

#endif
