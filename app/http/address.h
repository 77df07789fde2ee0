/*
 * The client's address. X-Forwarded-For counts only if the peer is in http.trusted_proxies. It is
 * read from the right, past one trusted proxy after the other.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>

struct request;

/* Returns what counts as one client, in the request's arena: an IPv4 address, or the /64 of an IPv6
 * address. Returns NULL if the address is not known or is a trusted proxy's. */
const char *address_of_client(const struct request *req);

/* Returns what is likely to be one party's: an IPv4 address, or the /48 of an IPv6 address. Returns
 * NULL as above. */
const char *address_of_network(const struct request *req);

/* Returns the client's address without its last part, for the log: the /24 of an IPv4 address, the
 * /48 of an IPv6 address; NULL if it is not known. */
const char *address_masked(const struct request *req);

/* Whether the client is in one of the networks of the principal's API key, if it has any. A
 * loopback address of a proxy that is not trusted is nobody's. */
bool address_is_of_key(const struct request *req);
/* Whether the client is in ops.networks. False if that is not certain: if a proxy that is not
 * trusted stands between, by X-Forwarded-For or proxy_sign.h. */
bool address_is_operators(const struct request *req);
/* Likewise in admin.networks, or on this host. */
bool address_is_admins(const struct request *req);
bool address_is_loopback(const struct request *req);
/* Whether the peer and all of X-Forwarded-For are loopback addresses, whomever http.trusted_proxies
 * names, and no other sign of a proxy is there. */
bool address_stays_on_host(const struct request *req);

#endif
