/*
 * The client's address. X-Forwarded-For is believed only from a peer in http.trusted_proxies, read
 * from the right, one trusted hop after the other.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>

struct request;

/* What counts as one client: an IPv4 address, or the /64 of an IPv6 one. NULL: the address is one
 * of the trusted proxies, or not known, so that it names no client. */
const char *address_of_client(const struct request *req);

/* Whether the client is in ops.networks, and surely so. */
bool address_is_operators(const struct request *req);

#endif
