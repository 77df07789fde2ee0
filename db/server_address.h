/*
 * The address of the database server, as [database] host and port give it: "127.0.0.1:3306",
 * "[::1]:3306", "::1", "localhost", or a list of these. The client library takes a port in the host
 * only within a list, so that a single one is taken apart here.
 */
#ifndef SERVER_ADDRESS_H
#define SERVER_ADDRESS_H

#include <stdbool.h>

struct arena;
struct conf;

struct server_address {
	const char *host; /* NULL: the unix socket */
	unsigned port;
	bool is_tcp; /* if false, "localhost" means the unix socket */
};

/* Reads the address; its host is in the arena. */
struct server_address server_address_of(struct arena *arena, const struct conf *conf);
/* Whether each port in a list of hosts is valid. */
bool server_address_is_sound(const char *hosts);
/* Whether all hosts of a list are this one. The unix socket, "", is. */
bool server_address_is_local(const char *hosts);

#endif
