/*
 * OnlineMediateWW: Web API 2 in JSON and forms. Its endpoints are not here yet; what is asked
 * under its prefix gets its 404.
 */
#ifndef CITY_DIALECT_H
#define CITY_DIALECT_H

#include "endpoint.h"

extern const struct dialect city_dialect;

#endif
