/*
 * Who asks for a row: a tenant's server, for which all rows of its tenant are there, or a person
 * with an access token, for whom only those of the own account are.
 */
#ifndef ASKER_H
#define ASKER_H

#include <stdbool.h>
#include <stdint.h>

#include "secret.h"

struct asker {
	int32_t tenant_id;
	bool is_person;
	uint8_t account_id[SECRET_UUID_SIZE]; /* of a person */
	const char *name;                     /* for the audit: a key's name, "wechat_user 7" */
};

/* account_id all zero: a row without an account, which no person owns. */
bool asker_owns(const struct asker *asker, const uint8_t account_id[SECRET_UUID_SIZE]);

#endif
