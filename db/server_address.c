#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "ascii.h"
#include "conf.h"
#include "server_address.h"
#include "str.h"

#define PORT_MAX 65535

static bool names(const char *host, const char *name)
{
	size_t size = strlen(name);

	return strncmp(host, name, size) == 0 && strchr(":, ", host[size]) != NULL;
}

bool server_address_is_local(const char *hosts)
{
	const char *host = hosts + strspn(hosts, ", ");

	while (*host != '\0') {
		if (!names(host, "localhost") && !names(host, "127.0.0.1") &&
			!names(host, "[::1]") && (!names(host, "::1") || host[3] == ':'))
			return false;
		host += strcspn(host, ",");
		host += strspn(host, ", ");
	}
	return true;
}

/* Returns ":3306" at the end of a host; NULL: it has no port. */
static char *port_of(char *host)
{
	char *colon = strrchr(host, ':');

	if (colon == NULL || colon == host || colon[1] == '\0' ||
		colon[1 + strspn(colon + 1, "0123456789")] != '\0')
		return NULL;
	return colon[-1] == ']' || strchr(host, ':') == colon ? colon : NULL;
}

/* Whether the port is valid. What follows the last colon of "::1" is none. */
static bool has_sound_port(const char *host, size_t size)
{
	const char *colon = memrchr(host, ':', size);
	char *end;
	long port;

	if (colon == NULL || (memchr(host, ':', size) != colon && colon[-1] != ']'))
		return true;
	if (colon == host || !ascii_is_digit(colon[1]))
		return false;
	port = strtol(colon + 1, &end, 10);
	return end == host + size && port >= 1 && port <= PORT_MAX;
}

static const char *find_problem_of(const char *host, size_t size)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789.-_:[]%";

	while (size > 0 && host[size - 1] == ' ')
		size--;
	if (!has_sound_port(host, size))
		return "a port is a number from 1 to 65535, as in 127.0.0.1:3306";
	if (strspn(host, characters) < size)
		return "hosts are names or addresses with commas between them, as in "
		       "db1,db2:3307";
	return NULL;
}

const char *server_address_find_problem(const char *hosts)
{
	const char *problem = NULL;

	while (*hosts != '\0' && problem == NULL) {
		const char *host = hosts + strspn(hosts, " ");

		hosts = host + strcspn(host, ",");
		problem = find_problem_of(host, (size_t)(hosts - host));
		hosts += *hosts == ',';
	}
	return problem;
}

static char *without_blanks(struct arena *arena, const char *text)
{
	char *packed = arena_strdup(arena, text), *end = packed;

	for (const char *at = text; *at != '\0'; at++)
		if (*at != ' ')
			*end++ = *at;
	*end = '\0';
	return packed;
}

/* host: without blanks; it is taken apart. */
static struct server_address read_host(
	struct arena *arena, const struct conf *conf, char *host, bool is_tcp)
{
	struct server_address address = {
		.host = host, .port = (unsigned)conf->database_port, .is_tcp = is_tcp};
	char *port = port_of(host);

	if (port != NULL) {
		address.port = (unsigned)strtoul(port + 1, NULL, 10);
		*port = '\0';
	}
	if (host[0] == '[') {
		host[strcspn(host, "]")] = '\0';
		address.host = host + 1;
	}
	address.name = arena_printf(arena, strchr(address.host, ':') != NULL ? "[%s]:%u" : "%s:%u",
		address.host, address.port);
	return address;
}

size_t server_address_list(struct arena *arena, const struct conf *conf,
	struct server_address *addresses_r, size_t n_max)
{
	const bool is_tcp = strpbrk(conf->database_host, ":,") != NULL;
	char *hosts = without_blanks(arena, conf->database_host), *host;
	size_t n = 0;

	while (n < n_max && (host = strsep(&hosts, ",")) != NULL)
		if (!str_is_empty(host))
			addresses_r[n++] = read_host(arena, conf, host, is_tcp);
	if (n == 0)
		addresses_r[n++] = (struct server_address){.name = conf->database_socket};
	return n;
}

size_t server_address_count(const char *hosts)
{
	size_t n = 1;

	while ((hosts = strchr(hosts, ',')) != NULL) {
		hosts++;
		n++;
	}
	return n;
}
