/*
 * All endpoints and dialects of the house, for main.c and the tests.
 */
#ifndef ENDPOINTS_H
#define ENDPOINTS_H

#include "endpoint.h"

/* Both end with NULL. */
extern const struct endpoint *const house_endpoints[];
extern const struct dialect *const house_dialects[];

#endif
