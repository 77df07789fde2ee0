#include <string.h>

#include "api_key.h"
#include "api_key_rights.h"
#include "network.h"
#include "str.h"

/* Whether each app of the list is in own's. "": all. */
static bool apps_are_within(const char *apps, const char *own)
{
	if (str_is_empty(own))
		return true;
	if (str_is_empty(apps))
		return false;
	while (*apps != '\0') {
		const size_t size = strcspn(apps, ",");

		if (str_place_in(own, ",", apps, size) < 0)
			return false;
		apps += size + (apps[size] == ',');
	}
	return true;
}

static bool networks_are_within(const char *networks, const char *own)
{
	if (str_is_empty(own))
		return true;
	return !str_is_empty(networks) && network_list_is_within(networks, own);
}

/* limit: 0 is none. */
static bool is_within(int64_t value, int64_t limit)
{
	return limit == 0 || (value != 0 && value <= limit);
}

int32_t api_key_beyond(const struct api_key *own, const struct api_key *key)
{
	int32_t beyond = 0;

	if ((key->scopes & ~own->scopes) != 0)
		beyond |= API_KEY_SCOPES;
	if (!apps_are_within(key->apps, own->apps))
		beyond |= API_KEY_APPS;
	if (!networks_are_within(key->networks, own->networks))
		beyond |= API_KEY_NETWORKS;
	if (!is_within(key->rate_per_s, own->rate_per_s))
		beyond |= API_KEY_RATE;
	if (!is_within(key->expires_us, own->expires_us))
		beyond |= API_KEY_END;
	return beyond;
}
