/*
 * auth.trusted_networks: "CIDR=NAME, …", for servers on the LAN that cannot send a credential. A
 * request without a credential from such a network gets the scopes of the API key of that name,
 * except admin.
 *
 * This is dangerous. So a network may hold neither loopback addresses nor a trusted proxy, since
 * both forward for anybody. A request that a browser (Origin, Sec-Fetch-*) or a proxy
 * (X-Forwarded-For; proxy_sign.h) has marked gets nothing. Endpoints for anybody ignore the
 * setting.
 */
#ifndef TRUSTED_NETWORK_H
#define TRUSTED_NETWORK_H

#include <stdbool.h>

struct conf;
struct request;

/* Returns the name of the API key for the request's peer, in the arena; NULL if there is none. */
const char *trusted_network_key(const struct request *req);
/* Whether the setting names an API key so. Who adds another key of the name stops its requests, or
 * gets them once the first one has ended. */
bool trusted_network_has_key(const struct conf *conf, const char *name);
/* Returns what is wrong with the setting, as static text; NULL if it is fine. */
const char *trusted_network_find_problem(const struct conf *conf);

#endif
