#include <arpa/inet.h>

#include "address.h"
#include "arena.h"
#include "conf.h"
#include "network.h"
#include "proxy_sign.h"
#include "request.h"
#include "str.h"

#define BLANKS " \t"
#define LOOPBACK "127.0.0.0/8, ::1"

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

/* Takes the rightmost hop off the list; NULL if there is none. *hops: NULL once all are taken. */
static char *address_take_hop(char **hops)
{
	char *hop = *hops, *comma = hop == NULL ? NULL : strrchr(hop, ',');

	if (comma == NULL) {
		*hops = NULL;
		return str_is_empty(hop) ? NULL : hop;
	}
	*comma = '\0';
	return comma + 1;
}

/* The client is the rightmost hop that is not a trusted proxy. *before_r: what stands left of it,
 * for whom it forwards. */
static bool address_find_hop(
	const struct request *req, struct network *client_r, const char **before_r)
{
	char *hops = arena_strdup(req->arena, req->forwarded_for);

	if (!network_parse_address(req->remote_addr, client_r))
		return false;
	while (network_meets_list(client_r, req->conf->http_trusted_proxies)) {
		char *hop = address_take_hop(&hops);

		if (hop == NULL || !address_parse_hop(hop, client_r))
			return false;
	}
	*before_r = hops;
	return true;
}

static bool address_find_client(const struct request *req, struct network *client_r)
{
	const char *before;

	return address_find_hop(req, client_r, &before);
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
	const char *networks = req->principal.networks, *before;
	struct network client;

	if (str_is_empty(networks))
		return true;
	if (!address_find_hop(req, &client, &before))
		return false;
	/* A proxy on a host that is not trusted forwards for anybody. */
	if (network_meets_list(&client, LOOPBACK) &&
		(!str_is_empty(before) || proxy_sign_in_headers(req)))
		return false;
	return network_meets_list(&client, networks);
}

/* False if it is not certain: whoever forwards may do so for anybody. What a trusted proxy that
 * tells the client's address adds besides is no sign of another one. */
static bool address_is_surely_in(const struct request *req, const char *networks)
{
	struct network client, peer;
	const char *before;

	if (!address_find_hop(req, &client, &before) || !str_is_empty(before) ||
		!network_parse_address(req->remote_addr, &peer))
		return false;
	if (network_meets(&client, &peer) && proxy_sign_is_there(req))
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
	return address_is_surely_in(req, LOOPBACK);
}

bool address_stays_on_host(const struct request *req)
{
	char *hops = arena_strdup(req->arena, req->forwarded_for), *hop;
	struct network address;

	if (proxy_sign_is_there(req) || !network_parse_address(req->remote_addr, &address))
		return false;
	while (network_meets_list(&address, LOOPBACK)) {
		if (str_is_empty(hops))
			return true;
		hop = address_take_hop(&hops);
		if (hop == NULL || !address_parse_hop(hop, &address))
			return false;
	}
	return false;
}
