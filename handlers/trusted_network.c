#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "conf.h"
#include "network.h"
#include "proxy_sign.h"
#include "request.h"
#include "trusted_network.h"

#define BLANKS " \t"

struct entry {
	struct network network;
	const char *text; /* as it stands in the list */
	size_t size;
	const char *key;
	size_t key_size;
};

/* Reads the next entry, and moves the list past it. Returns false if there is none, or if it cannot
 * be read. */
static bool trusted_network_next(const char **list, struct entry *entry_r)
{
	const char *text = *list + strspn(*list, "," BLANKS);
	size_t size = strcspn(text, ",");
	size_t network_size = strcspn(text, "=," BLANKS);
	const char *equals = memchr(text, '=', size);

	*list = text + size;
	*entry_r = (struct entry){.text = text, .size = size};
	if (equals == NULL || !network_parse(text, network_size, &entry_r->network))
		return false;
	entry_r->key = equals + 1 + strspn(equals + 1, BLANKS);
	entry_r->key_size = (size_t)(text + size - entry_r->key);
	while (entry_r->key_size > 0 && strchr(BLANKS, entry_r->key[entry_r->key_size - 1]) != NULL)
		entry_r->key_size--;
	return entry_r->key_size > 0;
}

const char *trusted_network_key(const struct request *req)
{
	const char *list = req->conf->auth_trusted_networks;
	struct network peer;
	struct entry entry;

	if (*list == '\0' || req->has_browser_headers || req->forwarded_for != NULL ||
		proxy_sign_in_headers(req) || !network_parse_address(req->remote_addr, &peer))
		return NULL;
	while (trusted_network_next(&list, &entry))
		if (network_meets(&peer, &entry.network))
			return arena_strndup(req->arena, entry.key, entry.key_size);
	return NULL;
}

bool trusted_network_has_key(const struct conf *conf, const char *name)
{
	const char *list = conf->auth_trusted_networks;
	const size_t size = strlen(name);
	struct entry entry;

	while (trusted_network_next(&list, &entry))
		if (entry.key_size == size && memcmp(entry.key, name, size) == 0)
			return true;
	return false;
}

const char *trusted_network_find_problem(const struct conf *conf)
{
	static char text[256];
	const char *list = conf->auth_trusted_networks;
	const char *problem = NULL;
	struct entry entry;

	while (problem == NULL && list[strspn(list, "," BLANKS)] != '\0') {
		if (!trusted_network_next(&list, &entry))
			problem = "must be a network and the name of an API key, as "
				  "10.1.2.0/24=back-office";
		else if (network_meets_list(&entry.network, "127.0.0.0/8, ::1"))
			problem = "holds loopback addresses";
		else if (network_meets_list(&entry.network, conf->http_trusted_proxies))
			problem = "holds an address of http.trusted_proxies";
	}
	if (problem == NULL)
		return NULL;
	snprintf(text, sizeof(text), "auth.trusted_networks: %.*s %s", (int)entry.size, entry.text,
		problem);
	return text;
}
