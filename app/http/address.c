#include <arpa/inet.h>
#include <stdbool.h>

#include "address.h"
#include "arena.h"
#include "conf.h"
#include "request.h"
#include "str.h"

/* IPv4 as ::ffff:a.b.c.d, so that there is one kind of address. */
static bool parse(const char *text, struct in6_addr *address_r)
{
	struct in_addr v4;

	if (inet_pton(AF_INET6, text, address_r) == 1)
		return true;
	if (inet_pton(AF_INET, text, &v4) != 1)
		return false;
	memset(address_r, 0, sizeof(*address_r));
	address_r->s6_addr[10] = address_r->s6_addr[11] = 0xff;
	memcpy(&address_r->s6_addr[12], &v4, sizeof(v4));
	return true;
}

static bool is_within(const struct in6_addr *address, const struct in6_addr *network, int n_bits)
{
	int n_bytes = n_bits / 8;
	unsigned mask = 0xff00u >> (n_bits % 8) & 0xff;

	if (memcmp(address, network, (size_t)n_bytes) != 0)
		return false;
	return mask == 0 ||
		((address->s6_addr[n_bytes] ^ network->s6_addr[n_bytes]) & mask) == 0;
}

/* cidr: "10.0.0.0/8", "::1"; nothing else is in it. */
static bool is_in_cidr(const struct in6_addr *address, char *cidr)
{
	char *slash = strchr(cidr, '/');
	struct in6_addr network;
	int32_t n_bits = 128;

	if (slash != NULL) {
		*slash = '\0';
		if (!str_parse_int32(slash + 1, &n_bits))
			return false;
		if (strchr(cidr, ':') == NULL)
			n_bits += 96;
	}
	if (!parse(cidr, &network) || n_bits < 0 || n_bits > 128)
		return false;
	return is_within(address, &network, n_bits);
}

static bool is_trusted(const struct request *req, const struct in6_addr *address)
{
	char *list = arena_strdup(req->arena, req->conf->http_trusted_proxies);
	char *save = NULL;

	for (char *cidr = strtok_r(list, ", ", &save); cidr != NULL;
		cidr = strtok_r(NULL, ", ", &save))
		if (is_in_cidr(address, cidr))
			return true;
	return false;
}

/* The rightmost hop that is no proxy of ours. */
static bool find_client(const struct request *req, struct in6_addr *address_r)
{
	char *hops = arena_strdup(req->arena, req->forwarded_for);

	if (req->remote_addr == NULL || !parse(req->remote_addr, address_r))
		return false;
	while (is_trusted(req, address_r)) {
		char *hop;

		if (str_is_empty(hops))
			return false;
		hop = strrchr(hops, ',');
		if (hop != NULL)
			*hop++ = '\0';
		else
			hop = hops;
		if (!parse(hop + strspn(hop, " \t"), address_r))
			return false;
		if (hop == hops)
			hops = NULL;
	}
	return true;
}

const char *address_of_client(const struct request *req)
{
	char *text = arena_alloc(req->arena, INET6_ADDRSTRLEN);
	struct in6_addr address;

	if (!find_client(req, &address))
		return NULL;
	if (!IN6_IS_ADDR_V4MAPPED(&address))
		memset(&address.s6_addr[8], 0, 8);
	return inet_ntop(AF_INET6, &address, text, INET6_ADDRSTRLEN);
}
