/*
 * Which WeChat users of a tenant belong to what its server knows of a person.
 */
#ifndef DB_PERSON_SEARCH_H
#define DB_PERSON_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

#define PERSON_SEARCH_MAX 100

/* Each adds the ids of at most PERSON_SEARCH_MAX users, in their order, in the arena. */
enum err person_search_openid(struct db *db, int32_t tenant_id, const char *openid,
	int32_t **ids_r, size_t *n_ids_r);
enum err person_search_unionid(struct db *db, int32_t tenant_id, const char *unionid,
	int32_t **ids_r, size_t *n_ids_r);
/* Also of an account that was merged into another one. */
enum err person_search_account(struct db *db, int32_t tenant_id, struct uuid account_id,
	int32_t **ids_r, size_t *n_ids_r);
/* Of the account that confirmed the phone last. */
enum err person_search_phone(struct db *db, int32_t tenant_id, const char *phone,
	int32_t **ids_r, size_t *n_ids_r);
struct external_id {
	const char *id, *source; /* source as user_import.h names it; NULL: of any */
};

/* Of the accounts that a system of the tenant's knows by this id. */
enum err person_search_external_id(struct db *db, int32_t tenant_id, const struct external_id *id,
	int32_t **ids_r, size_t *n_ids_r);
/* Those whose profile has the phone, confirmed or not. Anybody can claim a number in a profile. */
enum err person_search_profile_phone(struct db *db, int32_t tenant_id, const char *phone,
	int32_t **ids_r, size_t *n_ids_r);

#endif
