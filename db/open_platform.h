/*
 * An account of WeChat's Open Platform, by the name that the tenant's operator gives it.
 */
#ifndef OPEN_PLATFORM_H
#define OPEN_PLATFORM_H

#include <stdint.h>

#include "db.h"

#define OPEN_PLATFORM_NAME_MAX_CHARS 64

/* Within a transaction: makes it where there is none. Blanks around the name do not count. A tenant
 * that does not exist has none, and 0 comes out. */
enum err open_platform_named(
	struct db *db, int32_t tenant_id, const char *name, int32_t *id_r);

#endif
