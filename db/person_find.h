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

#endif
