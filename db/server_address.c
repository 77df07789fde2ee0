#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "ascii.h"
#include "conf.h"
#include "server_address.h"
#include "str.h"

#define PORT_MAX 65535
#define HOST_SIZE 300 /* of a name with a port */

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

#define NOT_A_HOST                                                                                 \
	"hosts are names or addresses with commas between them, as in db1,db2:3307"
#define NOT_A_PORT "a port is a number from 1 to 65535, as in 127.0.0.1:3306"
#define NOT_IPV6                                                                                   \
	"an address of IPv6 is written as ::1 or [::1], and with a port as [::1]:3306"

static bool is_port(const char *text)
{
	char *end;
	const long port = ascii_is_digit(*text) ? strtol(text, &end, 10) : 0;

	return port >= 1 && port <= PORT_MAX && *end == '\0';
}

/* A zone follows "%". Of the addresses that begin with 96 zeros only two are in use, so that what
 * ends as "::1:3306" is meant to be a port. */
static bool is_ipv6(char *text)
{
	static const uint8_t zeros[12];
	struct in6_addr address;

	text[strcspn(text, "%")] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1 &&
		(memcmp(&address, zeros, sizeof(zeros)) != 0 ||
			IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_UNSPECIFIED(&address));
}

static const char *find_problem_of_bracketed(char *text)
{
	char *end = strchr(text, ']');

	if (end == NULL)
		return NOT_IPV6;
	*end++ = '\0';
	if (!is_ipv6(text + 1) || (*end != '\0' && *end != ':'))
		return NOT_IPV6;
	return *end == '\0' || is_port(end + 1) ? NULL : NOT_A_PORT;
}

static const char *find_problem_of_name(char *text)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789.-_";
	char *colon = strchr(text, ':');

	if (colon != NULL)
		*colon++ = '\0';
	if (*text == '\0' || *text == '-' || *text == '.' || text[strspn(text, characters)] != '\0')
		return NOT_A_HOST;
	return colon == NULL || is_port(colon) ? NULL : NOT_A_PORT;
}

/* text: one host without blanks around it; it is taken apart. */
static const char *find_problem_of(char *text)
{
	if (*text == '[')
		return find_problem_of_bracketed(text);
	if (strchr(text, ':') != strrchr(text, ':'))
		return is_ipv6(text) ? NULL : NOT_IPV6;
	return find_problem_of_name(text);
}

const char *server_address_find_problem(const char *hosts)
{
	const char *problem = str_is_empty(hosts) ? NULL : NOT_A_HOST;
	char host[HOST_SIZE], after;
	size_t size;

	for (hosts += strspn(hosts, ", "); *hosts != '\0'; hosts += strspn(hosts, ", ")) {
		size = strcspn(hosts, ", ");
		after = hosts[size + strspn(hosts + size, " ")];
		if (size >= sizeof(host) || (after != '\0' && after != ','))
			return NOT_A_HOST;
		snprintf(host, sizeof(host), "%.*s", (int)size, hosts);
		problem = find_problem_of(host);
		if (problem != NULL)
			return problem;
		hosts += size;
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
