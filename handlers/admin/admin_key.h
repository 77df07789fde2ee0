/*
 * An API key as the Admin API shows it.
 */
#ifndef ADMIN_KEY_H
#define ADMIN_KEY_H

#include <stdint.h>

#include "shape.h"

struct api_key;
struct request;

struct key_answer {
	int32_t id;
	const char *name;
	struct string_list scopes;
	int32_t rate_per_s;
	const char *networks, *apps;
	int64_t created_us, revoked_us;
	const char *key; /* itself, of a new one */
};

extern const struct shape admin_key_shape, admin_new_key_shape;

struct key_answer admin_key_from(struct request *req, const struct api_key *key);

#endif
