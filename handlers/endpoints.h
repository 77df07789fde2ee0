/*
 * All endpoints and dialects, for main.c, wxuserctl and the tests.
 */
#ifndef ENDPOINTS_H
#define ENDPOINTS_H

#include "endpoint.h"

/* Both end with NULL. A longer prefix of a dialect stands before a shorter one. */
extern const struct endpoint *const endpoints[];
extern const struct dialect *const dialects[];

#endif
