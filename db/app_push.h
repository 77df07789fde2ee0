/*
 * What an app and WeChat have agreed on for the message push: a token, and a key where messages
 * come encrypted. Both are sealed at rest. The previous key counts as well, since WeChat goes on
 * with it for a while after the change.
 */
#ifndef APP_PUSH_H
#define APP_PUSH_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

#define PUSH_TOKEN_MAX_CHARS 32

struct app_push {
	int32_t app_id, tenant_id;
	const char *appid;
	const char *token, *key, *previous_key; /* "": none */
	struct uuid row_uuid;     /* db/'s own */
};

int app_push_find(struct db *db, const char *appid, struct app_push *push_r);

/* Letters and digits, as WeChat's console takes it. */
bool app_push_is_token(const char *text);
/* What shall change; NULL stays. A new key makes the present one the previous. */
struct app_push_change {
	const char *appid, *token, *key;
	bool drops_previous;
};

/* ERR_PARAMETER: no such app, or not a token or key as WeChat has them. */
enum err app_push_set(struct db *db, const struct app_push_change *change);

#endif
