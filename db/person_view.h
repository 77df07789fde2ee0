/*
 * Persons, as they see themselves through one of their WeChat users, and as their tenant's server
 * sees them: that user, the account with all of its openids, the member. A user who has not logged
 * in yet has no account. One whose account is closed is not there.
 */
#ifndef DB_PERSON_VIEW_H
#define DB_PERSON_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "account.h"
#include "db.h"
#include "member.h"
#include "user_row.h"
#include "wechat.h"

struct person_openid {
	const char *appid; /* NULL until an app has named the user; then kind means nothing */
	enum app_kind kind;
	const char *openid;
};

struct person_view {
	struct user_row user;   /* id 0: there is no such person */
	struct account account; /* id "" if there is none */
	const char *appid;      /* of the user; NULL: of none yet */
	const struct person_openid *openids;
	size_t n_openids;
	const char *const *former_ids; /* of accounts that were merged into this one */
	size_t n_former_ids;
	int64_t confirmed_us; /* when the account confirmed its phone; 0: never */
	struct member member; /* id 0: none. Of the rest, name, sex and card_state */
};

/* Finds the person of a user of the tenant. Returns ERR_USER_UNKNOWN. */
enum err person_view_find(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, struct person_view *person_r);

/* Finds the persons of users, each where its id stands, into the arena. */
enum err person_view_list(struct db *db, int32_t tenant_id, const int32_t *ids, size_t n_ids,
	struct person_view **persons_r);

/* SQL: the ids of accounts that were merged into the account a. */
#define PERSON_VIEW_FORMER_IDS                                                                  \
	"(SELECT GROUP_CONCAT(LOWER(HEX(alias)) ORDER BY created_at) FROM account_alias "       \
	"WHERE account_id = a.id)"
/* Reads them as texts, into the arena. list: NULL for none. */
const char *const *person_view_former_ids(struct db *db, const char *list, size_t *n_r);

#endif
