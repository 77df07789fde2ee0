/*
 * account_api: a Java gateway (RuoYi over Spring) before ABP's IdentityUser. Always HTTP 200 with
 * msg and code, but for an unknown path, which gets Spring's own document.
 */
#ifndef ACCOUNT_DIALECT_H
#define ACCOUNT_DIALECT_H

#include "endpoint.h"

extern const struct dialect account_dialect;

#endif
