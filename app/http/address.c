#include <arpa/inet.h>

#include "address.h"
#include "arena.h"
#include "conf.h"
#include "network.h"
#include "request.h"
#include "str.h"

#define BLANKS " \t"

/* Some proxies write the port, too: 192.0.2.1:49152, [2001:db8::1]:49152. */
static bool address_parse_hop(char *hop, struct network *client_r)
{
	hop += strspn(hop, BLANKS);
	hop[strcspn(hop, BLANKS)] = '\0';
	if (*hop == '[') {
		hop++;
		hop[strcspn(hop, "]")] = '\0';
	} else if (strchr(hop, ':') == strrchr(hop, ':')) {
		hop[strcspn(hop, ":")] = '\0';
	}
	return network_parse_address(hop, client_r);
}

/* The client is the rightmost hop that is not a trusted proxy. */
static bool address_find_client(const struct request *req, struct network *client_r)
{
	char *hops = arena_strdup(req->arena, req->forwarded_for);

	if (!network_parse_address(req->remote_addr, client_r))
		return false;
	while (network_meets_list(client_r, req->conf->http_trusted_proxies)) {
		char *hop;

		if (str_is_empty(hops))
			return false;
		hop = strrchr(hops, ',');
		if (hop != NULL)
			*hop++ = '\0';
		else
			hop = hops;
		if (!address_parse_hop(hop, client_r))
			return false;
		if (hop == hops)
			hops = NULL;
	}
	return true;
}

/* Keeps n_bytes of an IPv6 address. */
static const char *address_shortened(const struct request *req, size_t n_bytes)
{
	char *text = arena_alloc(req->arena, INET6_ADDRSTRLEN);
	struct network client;

	if (!address_find_client(req, &client))
		return NULL;
	if (!IN6_IS_ADDR_V4MAPPED(&client.address))
		memset(&client.address.s6_addr[n_bytes], 0, sizeof(client.address) - n_bytes);
	return inet_ntop(AF_INET6, &client.address, text, INET6_ADDRSTRLEN);
}

const char *address_of_client(const struct request *req)
{
	return address_shortened(req, 8);
}

const char *address_of_network(const struct request *req)
{
	return address_shortened(req, 6);
}

/* Each request is logged, so this does without printf(). */
static const char *address_mask_v4(struct arena *arena, const uint8_t bytes[4])
{
	static const char rest[] = "0/24";
	char *text = arena_alloc(arena, INET_ADDRSTRLEN + sizeof(rest));
	char *end = text;

	for (size_t i = 0; i < 3; i++) {
		end = str_put_int(end, bytes[i]);
		*end++ = '.';
	}
	memcpy(end, rest, sizeof(rest));
	return text;
}

const char *address_masked(const struct request *req)
{
	struct network client;
	const uint8_t *bytes = client.address.s6_addr;

	if (!address_find_client(req, &client))
		return NULL;
	if (IN6_IS_ADDR_V4MAPPED(&client.address))
		return address_mask_v4(req->arena, bytes + 12);
	return arena_printf(req->arena, "%x:%x:%x::/48", bytes[0] << 8 | bytes[1],
		bytes[2] << 8 | bytes[3], bytes[4] << 8 | bytes[5]);
}

bool address_is_of_key(const struct request *req)
{
	const char *networks = req->principal.networks;
	struct network client;

	return str_is_empty(networks) ||
		(address_find_client(req, &client) && network_meets_list(&client, networks));
}

/* False if it is not certain: an untrusted proxy may forward for anybody. */
static bool address_is_surely_in(const struct request *req, const char *networks)
{
	struct network client, peer;

	if (!address_find_client(req, &client) || !network_parse_address(req->remote_addr, &peer))
		return false;
	if (req->forwarded_for != NULL && network_meets(&client, &peer))
		return false;
	return network_meets_list(&client, networks);
}

bool address_is_operators(const struct request *req)
{
	return address_is_surely_in(req, req->conf->ops_networks);
}

bool address_is_admins(const struct request *req)
{
	const char *networks = req->conf->admin_networks;

	return address_is_surely_in(
		req, str_is_empty(networks) ? req->conf->ops_networks : networks);
}

bool address_is_loopback(const struct request *req)
{
	return address_is_surely_in(req, "127.0.0.0/8, ::1");
}
