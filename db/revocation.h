/*
 * Revocations: what a user takes back from an app in WeChat's settings. The message
 * user_authorization_revoke names it by numbers, its RevokeInfo, after Tencent's tables for mini
 * programs, official accounts and mobile apps. The stored fields that a number stands for are
 * cleared, whoever has set them, since the consent to have them has ended. Most numbers, such as
 * the microphone's, stand for nothing that is stored; an unknown number clears nothing.
 *
 * The fields are those of the WeChat user's profile; its address is country, province and city.
 * Member and resident stay: they hold what the person told the tenant, not what WeChat let the app
 * have. An account's e-mail address was made by this service and is nobody's. What was set after
 * the message was sent stays. erasures.log holds whole users only, so revocations are not in it.
 */
#ifndef REVOCATION_H
#define REVOCATION_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

struct arena;

enum revoked_part {
	REVOKED_NAME = 1,
	REVOKED_AVATAR = 2,
	REVOKED_PHONE = 4,
	REVOKED_ADDRESS = 8,
	REVOKED_EVERYTHING = 16,
	REVOKED_UNKNOWN = 32, /* a number is in no table, or there is no number */
};

/* Returns the numbers of a RevokeInfo, and words that are no numbers, separated by commas, in the
 * arena. NULL gives "". */
const char *revocation_numbers(struct arena *arena, const char *revoke_info);
/* Returns the parts that a RevokeInfo names, a set of enum revoked_part. */
unsigned revocation_parts(const char *revoke_info);
/* Returns in the arena what the numbers of a RevokeInfo stand for, each once: "name and avatar,
 * phone", or in Chinese. A number that is in no table stands for itself. */
const char *revocation_words(struct arena *arena, const char *revoke_info, bool is_chinese);
/* Returns the numbers of what an event withdraws: a cancellation counts as 301, user_info_modified
 * as 6. revoke_info: that of user_authorization_revoke. */
const char *revocation_of_event(const char *event, const char *revoke_info);
/* Returns "name, avatar", or "" for no parts. */
const char *revocation_part_names(struct arena *arena, unsigned parts);

struct revocation {
	int32_t tenant_id, app_id;
	const char *appid, *openid;
	const char *revoke_info; /* from revocation_numbers(); not of everything */
	int64_t happened_us;     /* whole seconds */
	const char *actor;       /* for the audit */
	int64_t last_pending_id; /* settles pending messages up to this one; 0: none */
	bool is_dry_run;         /* changes nothing */
};

/* Clears the parts that the revocation names. Sets cleared_r to those of which something was
 * stored, that was cleared or would be by a dry run. Succeeds also if there is no such user. */
enum err revocation_run(
	struct db *db, const struct revocation *revocation, unsigned *cleared_r);

/* Finds the pending messages of this user (see push_event.h). Sets revoke_info to the numbers of
 * all of them, as revocation_of_event() has them, happened_us to the time of the latest one, and
 * last_pending_id. Returns ERR_ABSENT if none is pending. */
enum err revocation_pending(struct db *db, struct revocation *revocation);

#endif
