/*
 * A person as an operator names one.
 */
#ifndef PERSON_FIND_H
#define PERSON_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

/* An account with its WeChat users, or one user who has no account yet. */
struct person {
	int32_t tenant_id;
	struct uuid account_id;
	int32_t wechat_user_id; /* if account_id is nil */
	bool is_asking; /* an export is for the person, who may ask for it once an hour */
};

/* Finds a person. name: as account_find() takes it, and the number or openid of a user who has no
 * account yet. Returns ERR_USER_UNKNOWN, or ERR_PARAMETER if several tenants have the openid. */
enum err person_find(struct db *db, const char *name, struct person *person_r);

/* A WeChat user with what erases it. */
struct person_user {
	int32_t id, tenant_id;
	/* Of a user whom no app has named, the tenant's first app; 0 and "" if it has none. */
	int32_t app_id;
	const char *appid, *openid;
};

/* Finds a user by its number, whatever the tenant. Returns ERR_USER_UNKNOWN. */
enum err person_find_user(struct db *db, int32_t id, struct person_user *user_r);

#endif
