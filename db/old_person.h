/*
 * A person who has not used the service for long, as retention.h says, and the erasure of such a
 * person.
 */
#ifndef OLD_PERSON_H
#define OLD_PERSON_H

#include <stdint.h>

#include "account.h"
#include "db.h"
#include "stmt.h"
#include "token_row.h"
#include "user_row.h"
#include "uuid.h"

/* For so long after a login its tokens may be renewed and used, of which nothing stays: the days of
 * a family, and the minutes in which a repetition of the login begins another one. */
#define OLD_PERSON_UNSEEN_DAYS (TOKEN_FAMILY_DAYS + 1)

/* SQL: a user o with its account a, and before_at, which is so long before the ?. */
#define OLD_PERSON_FROM                                                                         \
	"FROM (SELECT CAST(? AS DATETIME(6)) - INTERVAL " STMT_NUMBER(OLD_PERSON_UNSEEN_DAYS)   \
	" DAY AS before_at) c JOIN wechat_user o FORCE INDEX (PRIMARY) "                        \
	"LEFT JOIN account a ON a.tenant_id = o.tenant_id AND a.id = o.account_id "
/* Of the account of o. */
#define OLD_PERSON_USERS                                                                        \
	"FROM wechat_user u WHERE u.tenant_id = o.tenant_id AND u.account_id = o.account_id "
/* SQL: whether the person is old. A user without an account goes after those of its unionid who
 * have one. */
#define OLD_PERSON_IF                                                                           \
	"NOT o.is_following AND " USER_ROW_USED_AT("o.") " < before_at "                        \
	"AND IF(o.account_id IS NULL, NOT EXISTS (SELECT 1 FROM wechat_user u "                 \
	"WHERE u.tenant_id = o.tenant_id AND u.unionid = o.unionid "                            \
	"AND u.account_id IS NOT NULL), "                                                       \
	ACCOUNT_MAY_LOG_IN " AND a.erases_at IS NULL "                                          \
	"AND GREATEST(COALESCE(a.modified_at, a.created_at), "                                  \
	"COALESCE(a.lockout_end, a.created_at)) < before_at "                                   \
	"AND NOT EXISTS (SELECT 1 " OLD_PERSON_USERS                                            \
	"AND (u.is_following OR " USER_ROW_USED_AT("u.") " >= before_at)) "                     \
	"AND NOT EXISTS (SELECT 1 FROM wechat_user u JOIN resident r "                          \
	"ON r.tenant_id = u.tenant_id AND r.wechat_user_id = u.id "                             \
	"WHERE u.tenant_id = o.tenant_id AND u.account_id = o.account_id "                      \
	"AND COALESCE(r.modified_at, r.created_at) >= before_at))"

struct old_person {
	int32_t tenant_id, id;  /* of one of the users */
	struct uuid account_id; /* nil: the user has none, and is the only one */
	int32_t app_id;
	const char *appid, *openid;
	int64_t before_us; /* erases only who was not used since then, nor in the days before */
};

/* Sets *n_r to 1, or to 0 if the person is not old any more. actor: for the audit. */
enum err old_person_erase(
	struct db *db, const struct old_person *person, const char *actor, int64_t *n_r);

#endif
