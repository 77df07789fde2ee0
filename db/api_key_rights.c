#include <string.h>

#include "api_key_rights.h"
#include "arena.h"
#include "audit.h"
#include "buf.h"
#include "clock.h"
#include "conn.h"
#include "network.h"
#include "principal.h"
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

int32_t api_key_rate_by(const struct api_key *own)
{
	return is_within(API_KEY_RATE_PER_S, own->rate_per_s) ? API_KEY_RATE_PER_S
							      : own->rate_per_s;
}

bool api_key_ends_soon(const struct api_key *key, int64_t now_us)
{
	return key->revoked_us == 0 && key->successor_id == 0 && key->expires_us > now_us &&
		key->expires_us <= now_us + API_KEY_WARNING_DAYS * CLOCK_DAY_US;
}

/* As JSON, to the second. */
static const char *api_key_end_text(struct db *db, const struct api_key *key)
{
	char text[CLOCK_SECOND_SIZE];
	struct civil end;

	if (key->expires_us == 0)
		return "null";
	clock_to_civil(key->expires_us, 0, &end);
	clock_put_second(text, &end, 'T');
	return arena_printf(db->arena, "\"%.*sZ\"", CLOCK_SECOND_SIZE, text);
}

/* An array of JSON. */
static const char *api_key_scopes_text(struct db *db, int32_t scopes)
{
	struct buf text = {.arena = db->arena};
	const char *name;

	for (size_t i = 0; (name = principal_scope_name(i)) != NULL; i++)
		if ((scopes & 1 << i) != 0)
			buf_printf(&text, "%s\"%s\"", text.size == 0 ? "[" : ",", name);
	buf_append_char(&text, ']');
	return text.data;
}

enum err api_key_note(struct db *db, const struct api_key *key, const char *action)
{
	const struct audit_entry entry = {
		.tenant_id = key->tenant_id,
		.action = action,
		.subject = arena_printf(db->arena, "key %d", key->id),
		.details = arena_printf(db->arena,
			"{\"scopes\":%s,\"rate_per_s\":%d,\"networks\":\"%s\","
			"\"apps\":\"%s\",\"expires_at\":%s,\"successor_id\":%d}",
			api_key_scopes_text(db, key->scopes), key->rate_per_s, key->networks,
			key->apps,
			api_key_end_text(db, key), key->successor_id),
	};

	return audit_write(db, &entry);
}
