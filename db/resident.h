/*
 * Who a WeChat user says to be, and to live where. The phone is proven by a code whenever it is new
 * or changed, whoever asks; that confirms it for the account, which is all that a resident tells of
 * itself to other tables. Two may share a phone.
 *
 * A masked value that comes back (138****0001) means that it is unchanged.
 */
#ifndef RESIDENT_H
#define RESIDENT_H

#include <stdint.h>

#include "db.h"
#include "principal.h"
#include "user_member.h"
#include "uuid.h"

struct resident {
	int64_t id;
	const char *name, *phone, *id_card; /* id_card "" when unset, as the two texts below */
	int64_t region_code;                /* in the form in which it was given */
	const char *region_names, *head_portrait;
	int64_t created_us;
	/* db/'s own: whose it is, what it is sealed with. */
	int32_t tenant_id, wechat_user_id;
	struct uuid row_uuid;
};

/* NULL and region_code 0 keep what is stored, "" clears what need not be there. */
struct resident_change {
	int64_t id; /* 0: by openid alone */
	const char *openid;
	const char *name, *phone, *id_card;
	int64_t region_code;
	const char *region_names, *head_portrait;
	const char *verify_code;
};

struct saved_resident {
	struct resident resident;
	struct user_member_list memberships; /* all of the account */
};

/* Insert or update, both the user and the account too where a tenant's server brings a new openid;
 * who has no membership becomes a resident of the community of the region. ERR_OPENID_MALFORMED,
 * ERR_USER_UNKNOWN (for a person: not the own openid), ERR_ACCOUNT_DISABLED, ERR_RESIDENT_UNKNOWN,
 * ERR_NAME_MALFORMED, ERR_PHONE_MALFORMED, ERR_ID_CARD_MALFORMED, ERR_REGION_UNKNOWN,
 * ERR_VERIFY_CODE_…: nothing is changed. */
enum err resident_save(struct db *db, const struct principal *principal,
	const struct resident_change *change, struct saved_resident *saved_r);

#endif
