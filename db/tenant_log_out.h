/* Ends the logins of all persons of a tenant at once. */
#ifndef TENANT_LOG_OUT_H
#define TENANT_LOG_OUT_H

#include <stdint.h>

#include "err.h"

struct db;

/* Deletes the access tokens that the tenant's persons have now, a part at a time, and sets how many
 * they were. The audit tells it with the first part; run again, it does the rest. Returns
 * ERR_ABSENT if there is no such tenant. */
enum err tenant_log_out(struct db *db, int32_t tenant_id, int64_t *n_r);

#endif
