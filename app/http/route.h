/*
 * Routing: from a request's path and method to an endpoint, and to the route by which the request
 * is counted (request_stats.h).
 */
#ifndef ROUTE_H
#define ROUTE_H

#include <stddef.h>

#include "err.h"

struct request;
struct scoreboard;
struct service;

/* Sets dialect, endpoint, route and path_parameter. Returns ERR_NONE, ERR_NOT_FOUND or ERR_METHOD;
 * then endpoint is one of the path. */
enum err route(const struct service *service, struct request *req);
/* Returns the methods of req->endpoint's path, "GET, POST", of the endpoints that let in one of
 * access, a set of enum access. NULL: there is none. */
const char *route_methods(
	const struct service *service, const struct request *req, unsigned access);

/* Makes a scoreboard with the service's routes, the last of which also counts what is given up
 * before it is routed. Returns NULL and sets errno if there is no memory. */
struct scoreboard *route_board(const struct service *service, size_t n_slots_max, size_t n_entries);

#endif
