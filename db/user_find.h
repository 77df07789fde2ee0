/*
 * How an operator finds a person of a tenant, and lists its users. Each statement uses an index, so
 * that a look among a million users takes milliseconds.
 *
 * A page of the list ends with the id after which the next one begins, and costs the same wherever
 * it is.
 */
#ifndef USER_FIND_H
#define USER_FIND_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

#define USER_FIND_MAX 100

/* What of a person has matched: a set. */
enum user_match {
	MATCHED_ID = 1 << 0, /* of the user or the account, also of one that was merged */
	MATCHED_OPENID = 1 << 1,
	MATCHED_UNIONID = 1 << 2,
	MATCHED_PROFILE_PHONE = 1 << 3, /* which anybody can claim */
	MATCHED_CONFIRMED_PHONE = 1 << 4,
	MATCHED_RESIDENT_PHONE = 1 << 5,
	MATCHED_MEMBER_PHONE = 1 << 6,
	MATCHED_VOID_CARD_PHONE = 1 << 7, /* of a member whose card is void */
	MATCHED_PROFILE_NAME = 1 << 8,
	MATCHED_RESIDENT_NAME = 1 << 9,
	MATCHED_MEMBER_NAME = 1 << 10,
	MATCHED_MEMBER = 1 << 11, /* the member's id */
	MATCHED_EXTERNAL_ID = 1 << 12, /* the account's in a system before (old_person.h) */
};

enum user_state {
	USER_NEW, /* has not logged in yet, here or in the system that it was imported from */
	USER_ACTIVE,
	USER_DISABLED,
	USER_LOCKED, /* out for a time */
	USER_CLOSED, /* by the person */
};

struct found_user {
	int32_t id; /* 0: a member to whom no user is bound */
	int32_t tenant_id;
	struct uuid row_uuid, account_id; /* account_id is nil until the first login */
	const char *appid;                /* NULL until an app has named the user */
	const char *openid, *unionid;     /* NULL: none */
	const char *name, *phone;         /* of the profile, else of the member; "": none */
	int32_t member_id;                /* 0: none */
	int32_t state;                    /* enum user_state */
	int64_t created_us;
	int64_t login_us; /* the last one, until the first here the import's; 0: none */
	int64_t tenant_disabled_us; /* 0: the tenant is enabled */
	unsigned matches;
};

struct found_users {
	struct found_user *users; /* in the arena */
	size_t n_users;
};

/* Each finds at most USER_FIND_MAX for each of what may match, each user once. */
enum err user_find_openid(
	struct db *db, int32_t tenant_id, const char *openid, struct found_users *found_r);
enum err user_find_unionid(
	struct db *db, int32_t tenant_id, const char *unionid, struct found_users *found_r);
/* phone: as mobile.h writes it. While a look-up key replaces another one, by the hashes of both. */
enum err user_find_phone(
	struct db *db, int32_t tenant_id, const char *phone, struct found_users *found_r);
/* The beginning of a name, letter by letter. */
enum err user_find_name(
	struct db *db, int32_t tenant_id, const char *name, struct found_users *found_r);
enum err user_find_member(
	struct db *db, int32_t tenant_id, int32_t member_id, struct found_users *found_r);
enum err user_find_id(struct db *db, int32_t tenant_id, int32_t id, struct found_users *found_r);
/* The users of an account. */
enum err user_find_account(
	struct db *db, int32_t tenant_id, struct uuid account_id, struct found_users *found_r);

/* The users of the account that a system of the tenant's knew by this id. */
enum err user_find_external_id(
	struct db *db, int32_t tenant_id, const char *external_id, struct found_users *found_r);

struct user_filter {
	int32_t tenant_id;
	int32_t app_id; /* 0: any */
	int32_t state;  /* enum user_state; -1: any */
	/* 0: no bound; before is not among them. */
	int64_t created_since_us, created_before_us, login_since_us, login_before_us;
};

#define USER_LIST_MAX 1000

/* Lists at most n_most users with higher ids than *after_id, by id, and sets it to where the next
 * page begins, or to 0 at the end. A page may be shorter before the end, since it looks at a
 * bounded number of users. */
enum err user_list_page(struct db *db, const struct user_filter *filter, int32_t n_most,
	int32_t *after_id, struct found_users *found_r);

#endif
