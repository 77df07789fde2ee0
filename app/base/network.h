/*
 * Networks as the configuration names them: "10.0.0.0/8", "::1". An IPv4 address a.b.c.d is held as
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

/* Reads a network from size bytes of text. Returns false if it is none. */
bool network_parse(const char *text, size_t size, struct network *network_r);
/* Reads one address, with nothing after it. Returns false if it is none, or if text is NULL. */
bool network_parse_address(const char *text, struct network *network_r);
/* Whether the networks have an address in common. If so, one lies within the other. */
bool network_meets(const struct network *a, const struct network *b);
/* Finds the first word of the list that is no network. Returns false if there is none. list:
 * networks separated by commas and blanks. */
bool network_list_find_problem(const char *list, const char **word_r, size_t *size_r);
/* Whether the network meets one of the list. Words that are no network are skipped. */
bool network_meets_list(const struct network *network, const char *list);
/* Whether each network of the list lies within one of outer. A word that is no network does not. */
bool network_list_is_within(const char *list, const char *outer);

#endif
