/*
 * Networks as the configuration names them: "10.0.0.0/8", "::1". An IPv4 address a.b.c.d is
 * ::ffff:a.b.c.d, so that there is one kind of address.
 */
#ifndef NETWORK_H
#define NETWORK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct network {
	struct in6_addr address;
	int n_bits; /* 128: one address */
};

/* text need not end with NUL. */
bool network_parse(const char *text, size_t size, struct network *network_r);
/* One address, nothing after it; NULL is none. */
bool network_parse_address(const char *text, struct network *network_r);
/* Whether they have an address in common: then one is within the other. */
bool network_meets(const struct network *a, const struct network *b);
/* list: networks between commas and blanks. False: each can be read; else the first that cannot. */
bool network_list_find_problem(const char *list, const char **word_r, size_t *size_r);
/* What cannot be read meets nothing. */
bool network_meets_list(const struct network *network, const char *list);

#endif
