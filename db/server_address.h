/*
 * The addresses of the database's hosts, as [database] host, port and socket give them: "a",
 * "127.0.0.1:3306", "[::1]:3306", "::1", "localhost", or a list of these, "a,b:3307,c". Without a
 * host it is the unix socket.
 */
#ifndef SERVER_ADDRESS_H
#define SERVER_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct conf;

struct server_address {
	const char *host; /* NULL: the unix socket */
	unsigned port;
	bool is_tcp;      /* if false, "localhost" means the unix socket */
	const char *name; /* for people: "a:3306", "[::1]:3306", "/run/mysqld/mysqld.sock" */
};

/* Reads the list into addresses of the arena. Returns how many they are, n_max at most. */
size_t server_address_list(struct arena *arena, const struct conf *conf,
	struct server_address *addresses_r, size_t n_max);
/* Returns how many hosts a list has, empty ones between commas included. */
size_t server_address_count(const char *hosts);
/* Returns what is wrong with a list of hosts; NULL: nothing. */
const char *server_address_find_problem(const char *hosts);
/* Whether all hosts of a list are this one. The unix socket, "", is. */
bool server_address_is_local(const char *hosts);

#endif
