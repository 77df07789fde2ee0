/*
 * The dialect admin, the Admin API: in form as /v1. Who calls is the admin of a tenant or an
 * operator (db/operator_key.h).
 */
#ifndef ADMIN_DIALECT_H
#define ADMIN_DIALECT_H

#include "endpoint.h"

extern const struct dialect admin_dialect;

#endif
