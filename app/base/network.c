#include <arpa/inet.h>
#include <string.h>

#include "network.h"
#include "str.h"

#define SEPARATORS ", "
#define TEXT_MAX (INET6_ADDRSTRLEN + 4)

bool network_parse_address(const char *text, struct network *network_r)
{
	struct in6_addr *address = &network_r->address;
	struct in_addr v4;

	network_r->n_bits = 128;
	if (text == NULL)
		return false;
	if (inet_pton(AF_INET6, text, address) == 1)
		return true;
	if (inet_pton(AF_INET, text, &v4) != 1)
		return false;
	memset(address, 0, sizeof(*address));
	address->s6_addr[10] = address->s6_addr[11] = 0xff;
	memcpy(&address->s6_addr[12], &v4, sizeof(v4));
	return true;
}

bool network_parse(const char *text, size_t size, struct network *network_r)
{
	char copy[TEXT_MAX + 1];
	char *slash;
	int32_t n_bits;
	int n_outside;

	if (size > TEXT_MAX)
		return false;
	memcpy(copy, text, size);
	copy[size] = '\0';
	slash = strchr(copy, '/');
	if (slash != NULL)
		*slash = '\0';
	if (!network_parse_address(copy, network_r))
		return false;
	if (slash == NULL)
		return true;
	n_outside = strchr(copy, ':') == NULL ? 96 : 0;
	if (!str_parse_int32(slash + 1, &n_bits) || n_bits < 0 || n_bits > 128 - n_outside)
		return false;
	network_r->n_bits = n_outside + n_bits;
	/* ::ffff:10.0.0.0/8 would be all addresses of IPv4. */
	return network_r->n_bits >= 96 || !IN6_IS_ADDR_V4MAPPED(&network_r->address);
}

bool network_meets(const struct network *a, const struct network *b)
{
	int n_bits = a->n_bits < b->n_bits ? a->n_bits : b->n_bits;
	size_t n_bytes = (size_t)n_bits / 8;
	unsigned mask = 0xff00u >> (n_bits % 8) & 0xff;

	if (memcmp(&a->address, &b->address, n_bytes) != 0)
		return false;
	return mask == 0 ||
		((a->address.s6_addr[n_bytes] ^ b->address.s6_addr[n_bytes]) & mask) == 0;
}

/* The next word of the list, which moves on; false: no more. */
static bool network_next_word(const char **list, const char **word_r, size_t *size_r)
{
	*word_r = *list + strspn(*list, SEPARATORS);
	*size_r = strcspn(*word_r, SEPARATORS);
	*list = *word_r + *size_r;
	return *size_r > 0;
}

bool network_list_find_problem(const char *list, const char **word_r, size_t *size_r)
{
	struct network network;

	while (network_next_word(&list, word_r, size_r))
		if (!network_parse(*word_r, *size_r, &network))
			return true;
	return false;
}

bool network_meets_list(const struct network *network, const char *list)
{
	struct network other;
	const char *word;
	size_t size;

	while (network_next_word(&list, &word, &size))
		if (network_parse(word, size, &other) && network_meets(network, &other))
			return true;
	return false;
}

static bool network_is_within_list(const struct network *network, const char *list)
{
	struct network other;
	const char *word;
	size_t size;

	while (network_next_word(&list, &word, &size))
		if (network_parse(word, size, &other) && other.n_bits <= network->n_bits &&
			network_meets(network, &other))
			return true;
	return false;
}

bool network_list_is_within(const char *list, const char *outer)
{
	struct network network;
	const char *word;
	size_t size;

	while (network_next_word(&list, &word, &size))
		if (!network_parse(word, size, &network) ||
			!network_is_within_list(&network, outer))
			return false;
	return true;
}
