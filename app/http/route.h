/*
 * Routing: from a request's path and method to an endpoint, and to the route by which the request
 * is counted (request_stats.h).
 */
#ifndef ROUTE_H
#define ROUTE_H

#include <stddef.h>

#include "err.h"

struct request;
struct route;
struct service;

/* Sets dialect, endpoint and route. Returns ERR_NONE, ERR_NOT_FOUND or ERR_METHOD. */
enum err route(const struct service *service, struct request *req);

/* Returns the service's routes, the last of which also counts what is given up before it is
 * routed. The caller frees them. */
struct route *route_list(const struct service *service, size_t *n_r);

#endif
