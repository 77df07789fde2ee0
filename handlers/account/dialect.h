/*
 * The dialect account: a Java gateway (RuoYi over Spring) in front of ABP's IdentityUser. Every
 * answer is HTTP 200 with msg and code, except for an unknown path, which gets Spring's document.
 */
#ifndef ACCOUNT_DIALECT_H
#define ACCOUNT_DIALECT_H

#include "endpoint.h"

extern const struct dialect account_dialect;

#endif
