/*
 * What is known of a person, for those who help people: the account with its users, phones, tokens
 * and members, and why logins were refused. Values are in clear, and whoever shows them masks them;
 * there is no token among them.
 */
#ifndef PERSON_OVERVIEW_H
#define PERSON_OVERVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account.h"
#include "confirmed_phone.h"
#include "db.h"
#include "user_find.h"
#include "uuid.h"

struct consent;
struct login_refusal;
struct member;
struct person;

/* At most so many of each list, and of sessions and refusals the latest. */
#define OVERVIEW_MAX 100
#define OVERVIEW_LATEST 20

struct overview_user {
	int32_t id, tenant_id;
	struct uuid row_uuid;
	const char *appid; /* NULL until an app has named the user; then kind means nothing */
	int32_t kind;      /* enum app_kind */
	const char *openid, *unionid, *name, *phone;
	int32_t member_id; /* 0: none */
	bool is_following;
	int64_t created_us;
	int64_t login_us;   /* the last one, as an import says until the first here; 0: none */
	int64_t revoked_us; /* since then an erasure that WeChat has asked for waits; 0: none */
};

struct overview_unionid {
	const char *open_platform, *unionid;
	int64_t created_us;
};

enum phone_holder { PHONE_OF_PROFILE, PHONE_OF_RESIDENT, PHONE_OF_MEMBER };

struct overview_phone {
	const char *number;
	enum phone_holder holder;
	int32_t id;        /* of the WeChat user or, with PHONE_OF_MEMBER, of the member */
	bool is_confirmed; /* it is the account's confirmed one */
};

/* Tokens that count now, of one app. */
struct overview_tokens {
	const char *appid;
	int32_t n;
	int64_t first_expires_us, last_expires_us;
};

enum session_state {
	SESSION_LIVE,      /* its token counts */
	SESSION_RENEWABLE, /* its token has expired, and can be renewed */
	SESSION_EXPIRED,
	SESSION_ENDED, /* by the person or an operator, or since its token was copied */
};

struct overview_session {
	struct uuid id;
	const char *appid;
	int32_t user_id;
	int32_t state; /* enum session_state */
	int32_t key_id; /* the API key that opened it; 0: the person did */
	int64_t began_us, renewed_us, expires_us;
};

struct overview_external_id {
	const char *external_id, *source; /* source "": not named */
	int64_t created_us;
};

struct overview_merge {
	int64_t id;
	struct uuid merged;
	int64_t created_us, undone_us; /* undone_us is 0 unless the merge was undone */
};

/* Lists are in the arena. */
struct person_overview {
	int32_t tenant_id;
	struct uuid account_id; /* nil: the user has no account yet */
	enum user_state state;
	int64_t tenant_disabled_us; /* 0: the tenant is enabled */
	bool is_risk;
	int64_t created_us;   /* of the account; 0: there is none */
	int64_t disabled_us;  /* 0: it is not, or was before this was kept */
	int64_t lockout_us;   /* until when it is locked out; 0: it is not */
	int64_t erases_us;    /* when the closed account is to be erased; 0: it is open */
	int64_t confirmed_us; /* when a phone was confirmed; 0: none is */
	int32_t confirmed_by; /* enum phone_source; 0: none */
	bool confirmed_counts;
	int32_t n_memberships;
	struct account_flags flags; /* FLAG_OF_TENANT: none of its own */
	const char *const *former_ids; /* of accounts that were merged into this one */
	const struct overview_user *users;
	const struct overview_unionid *unionids;
	const struct overview_phone *phones;
	const struct overview_tokens *tokens;
	const struct overview_session *sessions; /* the latest login first, ended ones, too */
	const struct member *members;            /* id, name, phone and card_state */
	const struct consent *consents;          /* the latest first */
	const struct overview_external_id *external_ids;
	const struct overview_merge *merges;
	const struct login_refusal *refusals; /* the latest first */
	size_t n_former_ids, n_users, n_unionids, n_phones, n_tokens, n_sessions, n_members,
		n_consents, n_external_ids, n_merges, n_refusals;
};

/* person: its account, or one of its users. Returns ERR_USER_UNKNOWN. */
enum err person_overview(
	struct db *db, const struct person *person, struct person_overview *overview_r);

#endif
