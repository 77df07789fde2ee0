/*
 * What a user takes back from an app in WeChat's settings. The message user_authorization_revoke
 * names it by numbers, its RevokeInfo, after Tencent's tables for mini programs, official accounts
 * and mobile apps. The stored fields that a number stands for are cleared, whoever has set them:
 * the consent to have them has ended. Most numbers, such as the microphone's, stand for nothing
 * that is stored, and a number that is not known clears nothing.
 *
 * The fields are those of the WeChat user's profile; country, province and city are its address.
 * Member and resident stay as they are: they hold what the person told the tenant, not what WeChat
 * let the app have. An account's e-mail address is made here and is nobody's. What was set after
 * the message was sent stays. erasures.log does not have it: it knows whole users alone.
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
	REVOKED_UNKNOWN = 32, /* there is a number that no table has, or none at all */
};

/* The numbers of a RevokeInfo, and words that are none, with a comma between two: in the arena.
 * NULL is "". */
const char *revocation_numbers(struct arena *arena, const char *revoke_info);
/* The parts that it names, a set of enum revoked_part. */
unsigned revocation_parts(const char *revoke_info);
/* "name, avatar"; "": none. */
const char *revocation_part_names(struct arena *arena, unsigned parts);

struct revocation {
	int32_t tenant_id, app_id;
	const char *appid, *openid;
	const char *revoke_info; /* a list as above, not of everything */
	int64_t happened_us;     /* whole seconds */
	const char *actor;       /* for the audit */
	int64_t last_waiting_id; /* messages up to this one wait no longer; 0: none has waited */
	bool is_dry_run;       /* nothing changes */
};

/* Clears what is named; cleared_r: the parts of which there was something, cleared or, in a
 * rehearsal, to be cleared. No such user: nothing. */
enum err revocation_run(
	struct db *db, const struct revocation *revocation, unsigned *cleared_r);

/* Finds what waits for the operator of this user: sets revoke_info to the numbers of all messages
 * (a cancellation is 301, user_info_modified 6), happened_us to the time of the latest, and
 * last_waiting_id. 1, 0 or -1. */
int revocation_waiting(struct db *db, struct revocation *revocation);

#endif
