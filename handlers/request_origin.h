/*
 * Who sends a request, and from where, as the audit tells it.
 */
#ifndef REQUEST_ORIGIN_H
#define REQUEST_ORIGIN_H

#include "audit.h"

/* ctx: the struct request. For audit_set_origin(). */
struct audit_origin request_origin(const void *ctx);

#endif
