/*
 * What is stored already of the users whom user_import.h stores. For db/ alone and within a
 * transaction. Nothing is locked.
 */
#ifndef USER_IMPORT_LOOK_H
#define USER_IMPORT_LOOK_H

#include "user_import_erased.h"

struct known_user {
	struct user_row user; /* first, for USER_ROW_COLUMNS */
	int64_t created_us, session_us;
	int64_t confirmed_us;  /* of the account's confirmed phone; 0: none */
	bool is_own_confirmed; /* that is the profile's */
	bool is_active;        /* the account is there, and not disabled */
};

/* What is known of a row. */
struct user_import_look {
	const struct known_user *known; /* NULL: a new user */
	struct uuid owner_id;           /* of the unionid; nil: nobody's */
	struct uuid external_owners[USER_IMPORT_IDS_MAX];
	bool has_followed; /* WeChat has told so before the app knew the user */
	/* When another account has confirmed the phone, which this row says is confirmed, too; 0:
	 * none has. Of users who are known already it is not told. */
	int64_t held_us;
	struct user_import_erased erased;
};

/* Fills looks_r, one for each row. */
enum err user_import_look(
	struct db *db, const struct user_import *import, struct user_import_look *looks_r);

/* Whether the row, of whom no user is stored, is of an erased person: of its openid, or of its
 * unionid or phone, unless the person of the row has an account here. Whoever was registered after
 * the erasure is not. */
bool user_import_is_erased(const struct user_import_row *row, const struct user_import_look *look);

#endif
