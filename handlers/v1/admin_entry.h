/*
 * An entry of the audit as an operator or a tenant's admin is shown it, as JSON. Times are in UTC.
 */
#ifndef ADMIN_ENTRY_H
#define ADMIN_ENTRY_H

#include "shape.h"

struct audit_listed;

struct admin_entry {
	int64_t id;
	int32_t tenant_id; /* 0: of the installation */
	int64_t at_us;
	const char *action, *actor, *subject, *details, *who, *address, *request_id;
	int64_t sequence;
	bool is_signed;
};

struct admin_entry admin_entry_from(const struct audit_listed *listed);

/* Of one tenant's entries, whose signatures were verified, and of entries of all. */
extern const struct shape admin_entry_shape, admin_any_entry_shape;

#endif
