/*
 * auth.trusted_networks: "CIDR=NAME, …", for servers on the LAN that cannot send a credential. A
 * request without one from such an address has that API key's scopes, but never admin.
 *
 * Dangerous, and so narrow: never loopback or a trusted proxy, behind which anybody may stand, and
 * never a request that a browser or proxy has marked (Origin, Sec-Fetch-*, X-Forwarded-For,
 * Forwarded, Via). Endpoints that are open to anybody take no notice.
 */
#ifndef TRUSTED_NETWORK_H
#define TRUSTED_NETWORK_H

struct conf;
struct request;

/* The name of the API key; NULL: none. In the arena. */
const char *trusted_network_key(const struct request *req);
/* What is wrong with the setting, as text; NULL: fine. */
const char *trusted_network_find_problem(const struct conf *conf);

#endif
