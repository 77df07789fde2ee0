/*
 * An API key as the Admin API and "wxuserctl key list --json" show it.
 */
#ifndef ADMIN_KEY_H
#define ADMIN_KEY_H

#include <stdint.h>

#include "err.h"
#include "shape.h"

struct api_key;
struct arena;
struct request;

struct key_answer {
	int32_t id, tenant_id;
	const char *name;
	struct string_list scopes;
	int32_t rate_per_s;
	const char *networks, *apps;
	int64_t created_us, revoked_us, expires_us;
	const char *used_on;
	int32_t successor_id; /* 0: none */
	const char *key; /* itself, of a new one */
};

extern const struct shape admin_key_shape, admin_new_key_shape;

struct key_answer admin_key_from(struct arena *arena, const struct api_key *key);

/* Reads expires_at of a request: an instant to come, API_KEY_NEVER of null, 0 if it is absent.
 * Returns ERR_PARAMETER. */
enum err admin_key_read_end(struct request *req, const char *text, int64_t *expires_us_r);
/* Refuses the name of a key by which the configuration lets a network in. */
enum err admin_key_check_name(struct request *req, const char *name);
/* Refuses what db/ refuses of a key, which has looked at apps and networks last. */
enum err admin_key_refuse_lists(struct request *req);
/* Refuses the member by which a key would have more than the caller's. lacks: of struct
 * api_key_giver. */
enum err admin_key_refuse_right(struct request *req, int32_t lacks);
/* Refuses to change or rotate a key that may do what the caller's may not. */
enum err admin_key_refuse_key(struct request *req);

/* Refuses API_KEY_NEVER for a key whose successor is valid: that would undo the rotation. */
enum err admin_key_check_end(
	struct request *req, const struct api_key *key, int64_t expires_us);

#endif
