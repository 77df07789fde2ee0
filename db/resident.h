/*
 * Residents: who a WeChat user is and where they live, in their own words. A new or changed phone
 * is proven by a code, whoever saves it; that confirms the phone for the account, and nothing else
 * of a resident leaves its table. Two residents may have one phone. A code that is sent with a
 * stored phone, which the account does not hold any more, confirms it again.
 *
 * A masked value that comes back (138****0001) means that the value is unchanged.
 */
#ifndef RESIDENT_H
#define RESIDENT_H

#include <stdint.h>

#include "db.h"
#include "membership.h"
#include "principal.h"
#include "uuid.h"

struct resident {
	int64_t id;
	const char *name, *phone, *id_card; /* id_card is "" if unset, as are the two texts below */
	int64_t region_code;                /* in the form in which it was given */
	const char *region_names, *head_portrait;
	int64_t created_us;
	/* For db/ alone: whose it is, and what it is sealed with. */
	int32_t tenant_id, wechat_user_id;
	struct uuid row_uuid;
};

/* NULL and region_code 0 keep what is stored; "" clears what is optional. */
struct resident_change {
	int64_t id; /* 0 if only openid says whose it is */
	const char *openid;
	const char *name, *phone, *id_card;
	int64_t region_code;
	const char *region_names, *head_portrait;
	const char *verify_code;
};

struct saved_resident {
	struct resident resident;
	struct membership_list memberships; /* all of the account */
};

/* Inserts or updates a resident. For a tenant's server it also inserts the user and the account of
 * a new openid. An account without memberships becomes a resident of the region's community.
 * Returns ERR_OPENID_MALFORMED, ERR_USER_UNKNOWN (also if the openid is not the person's),
 * ERR_ACCOUNT_DISABLED, ERR_RESIDENT_UNKNOWN, ERR_NAME_MALFORMED, ERR_PHONE_MALFORMED,
 * ERR_ID_CARD_MALFORMED, ERR_REGION_UNKNOWN or ERR_VERIFY_CODE_…, and then changes nothing. */
enum err resident_save(struct db *db, const struct principal *principal,
	const struct resident_change *change, struct saved_resident *saved_r);

#endif
