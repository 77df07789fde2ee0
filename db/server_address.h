/*
 * Where the database is, as [database] host and port say: "127.0.0.1:3306", "[::1]:3306", "::1",
 * "localhost", or a list of them. The client library takes a port only within a list.
 */
#ifndef SERVER_ADDRESS_H
#define SERVER_ADDRESS_H

#include <stdbool.h>

struct arena;
struct conf;

struct server_address {
	const char *host; /* NULL: the unix socket */
	unsigned port;
	bool is_tcp; /* else "localhost" is the unix socket */
};

struct server_address server_address_of(struct arena *arena, const struct conf *conf);
/* Whether each port of the list is one. */
bool server_address_is_sound(const char *hosts);
/* Whether all of the list are this machine; so is the unix socket, "". */
bool server_address_is_local(const char *hosts);

#endif
