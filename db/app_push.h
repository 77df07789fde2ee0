/*
 * What an app and WeChat have agreed on for the message push: a token, and a key if messages come
 * encrypted. Both are sealed at rest. The previous key opens messages, too, since WeChat uses it
 * for a while after the change.
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
	struct uuid row_uuid;                   /* for db/ alone */
};

/* Returns ERR_APP_UNKNOWN if there is no such app. */
enum err app_push_find(struct db *db, const char *appid, struct app_push *push_r);

/* Whether the text is a token as WeChat's console takes it: letters and digits. */
bool app_push_is_token(const char *text);
/* What is to change; NULL stays. A new key makes the present one the previous. */
struct app_push_change {
	const char *appid, *token, *key;
	bool drops_previous;
};

/* Returns ERR_PARAMETER if there is no such app, or token or key are not as WeChat has them. */
enum err app_push_set(struct db *db, const struct app_push_change *change);

#endif
