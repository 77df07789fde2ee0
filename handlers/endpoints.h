/*
 * All endpoints and dialects, for main.c, wxuserctl and the tests.
 */
#ifndef ENDPOINTS_H
#define ENDPOINTS_H

#include "endpoint.h"

/* Both end with NULL. */
extern const struct endpoint *const endpoints[];
extern const struct dialect *const dialects[];

#endif
