/*
 * Reads API keys for whoever administers them: all of them, a page of a tenant's, one, and whether
 * one has a successor. Results are in the arena.
 */
#ifndef API_KEY_LIST_H
#define API_KEY_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "api_key_rights.h"
#include "column.h"
#include "db.h"

/* Calls row for each key, revoked ones too. */
enum err api_key_list(
	struct db *db, void (*row)(void *ctx, const struct api_key *key), void *ctx);
/* Reads at most n_most keys of the tenant of after with ids above its id, by id, into the arena. */
enum err api_key_page(struct db *db, const struct api_key *after, int32_t n_most,
	struct api_key **keys_r, size_t *n_r);
/* Reads the key of this tenant_id and id. Returns ERR_ABSENT if there is none. */
enum err api_key_read(struct db *db, struct api_key *key);
/* Whether the key was rotated and its successor is valid. */
enum err api_key_has_successor(struct db *db, const struct api_key *key, bool *has_r);

/* SQL: what a SELECT reads of a key but its id, and where it goes. */
#define API_KEY_NAMES                                                                           \
	"tenant_id, scopes, rate_per_s, networks, apps, name, created_at, revoked_at, "         \
	"expires_at, CAST(used_on AS CHAR), successor_id"
#define API_KEY(member, type) COLUMN(struct api_key, member, type)
#define API_KEY_COLUMNS                                                                         \
	API_KEY(tenant_id, INT32), API_KEY(scopes, INT32), API_KEY(rate_per_s, INT32),          \
		API_KEY(networks, STR), API_KEY(apps, STR), API_KEY(name, STR),                 \
		API_KEY(created_us, TIME), API_KEY(revoked_us, TIME), API_KEY(expires_us, TIME), \
		API_KEY(used_on, STR), API_KEY(successor_id, REF)

#endif
