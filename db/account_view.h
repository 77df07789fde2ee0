/*
 * An account as one of its WeChat users sees it, read without a lock. For db/ alone; others call
 * account_by_wechat_user() of account.h.
 *
 * An UPDATE that follows from what was read has version and concurrency_stamp in its WHERE. If it
 * matches, the account is shown as changed in memory, without reading it again.
 */
#ifndef ACCOUNT_VIEW_H
#define ACCOUNT_VIEW_H

#include "account.h"
#include "app.h"
#include "crypto.h"
#include "token.h"
#include "user_row.h"

/* The account, and one of its users. */
struct account_view {
	struct user_row user;   /* first, for USER_ROW_COLUMNS */
	struct account account; /* wechat_user_id is of the user who sees it */
	struct uuid id, security_stamp, concurrency_stamp;
	uint8_t confirmed_phone_hash[CRYPTO_HASH_SIZE];
	int64_t confirmed_us;
	int64_t now_us;       /* by the database's clock */
	int32_t n_moves;      /* of account_view_by_openid() and account_view_of_login(): 0 if
				 there never was another user */
	int64_t active_on_us, user_created_us; /* of account_view_of_login(): the user's */
	struct uuid owner_id; /* of account_view_by_openid(): whose the unionid is */
};

/* The same account with each of its users. */
struct account_view_list {
	struct account_view *views;
	size_t n_views;
};

/* What is read of how the user u sees the account a. */
#define ACCOUNT_VIEW_SEEN_NAMES                                                                 \
	"a.id, a.email, a.security_stamp, a.concurrency_stamp, a.confirmed_phone_hash, "        \
	"a.confirmed_phone_at, a.entity_version, a.is_active, a.is_deleted, "                   \
	"a.is_lockout_enabled, a.is_risk, a.access_failed_count, a.lockout_end, a.created_at, " \
	"a.modified_at, a.trial_from, a.trial_to, u.is_following, u.unfollowed_at, "            \
	"UTC_TIMESTAMP(6)"
#define ACCOUNT_VIEW_SEEN_COLUMNS                                                               \
	VIEW(id, UUID), VIEW(account.email, STR), VIEW(security_stamp, UUID),                   \
		VIEW(concurrency_stamp, UUID), VIEW(confirmed_phone_hash, HASH),                \
		VIEW(confirmed_us, TIME), VIEW(account.entity_version, INT32),                  \
		VIEW(account.is_active, BOOL), VIEW(account.is_deleted, BOOL),                  \
		VIEW(account.is_lockout_enabled, BOOL), VIEW(account.is_risk, BOOL),            \
		VIEW(account.access_failed_count, INT32), VIEW(account.lockout_end_us, TIME),   \
		VIEW(account.created_us, TIME), VIEW(account.modified_us, TIME),                \
		VIEW(account.trial_from_us, TIME), VIEW(account.trial_to_us, TIME),             \
		VIEW(account.is_following, BOOL), VIEW(account.unfollowed_us, TIME),            \
		VIEW(now_us, TIME)
#define VIEW(member, type) COLUMN(struct account_view, member, type)

/* The same with the flags, and with each of the account's users, p. */
#define ACCOUNT_VIEW_NAMES                                                                      \
	ACCOUNT_VIEW_SEEN_NAMES                                                                 \
	", " ACCOUNT_CUSTOMER_FLAGS(ACCOUNT_VIEW_FLAG_NAME) "u.tenant_id, u.id, u.openid, "     \
	USER_ROW_NAMES("p.")
#define ACCOUNT_VIEW_COLUMNS                                                                    \
	ACCOUNT_VIEW_SEEN_COLUMNS, ACCOUNT_CUSTOMER_FLAGS(ACCOUNT_VIEW_FLAG_COLUMN)             \
		VIEW(account.tenant_id, TENANT), VIEW(account.wechat_user_id, INT32),           \
		VIEW(account.openid, STR), USER_ROW_COLUMNS
#define ACCOUNT_VIEW_FLAG_NAME(name) "COALESCE(a." #name " + 2, 1), " /* an enum account_flag */
#define ACCOUNT_VIEW_FLAG_COLUMN(name) VIEW(account.flags.name, INT32),

/* Finds the account by the openid of a user of the app's tenant, and the owner of the unionid
 * within the app's Open Platform account; unionid may be NULL. There is one view at least,
 * also of a user who has no account; account.wechat_user_id is 0 if there is no such user. If the
 * account ever had another user, a second SELECT reads all of them. */
enum err account_view_by_openid(struct db *db, const struct app *app, const char *openid,
	const char *unionid, struct account_view_list *list_r);
/* The same for a login that brings no unionid. It reads only what such a login needs. */
enum err account_view_of_login(struct db *db, const struct app *app, const char *openid,
	struct account_view_list *list_r);
/* Returns the user who sees the account; NULL if it was not read. */
struct user_row *account_view_own(const struct account_view_list *list);
/* Returns ERR_ACCOUNT_DISABLED unless the account may log in. */
enum err account_view_check_login(struct db *db, const struct account_view_list *list);
/* What a token names that begins for that user, who is the app's. */
struct token_owner account_view_token_owner(
	const struct account_view_list *list, const struct app *app);
/* Changes version, concurrency stamp and time as account_touch() does, in memory. */
void account_view_touch(const struct account_view_list *list);
/* Shows the account to that user: its profile, stamps and texts. */
enum err account_view_show(
	struct db *db, const struct account_view_list *list, struct account *account_r);

#endif
