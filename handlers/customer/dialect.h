/*
 * api/Customer: Web API 2 in JSON, XML and forms. Its endpoints are not here yet; what is asked
 * under api/ gets its 404.
 */
#ifndef CUSTOMER_DIALECT_H
#define CUSTOMER_DIALECT_H

#include "endpoint.h"

extern const struct dialect customer_dialect;

#endif
