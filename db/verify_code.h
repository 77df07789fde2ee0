/*
 * Verification codes, which prove that a person holds a phone. A code has six digits, is valid for
 * 5 minutes, 5 tries and one use, and is bound to tenant, purpose, phone and owner. Only its HMAC
 * is stored. A new code replaces the owner's one before.
 *
 * The owner is who asked for the code: an account, or an openid that has none yet. Nobody else can
 * use the code or spend its tries. An owner has 10 wrong tries an hour for all phones together.
 *
 * A code is made, and its message counted, before the SMS gateway is asked. A code that the gateway
 * surely did not send is withdrawn, and what it counted is given back. If the gateway did not
 * answer, the message counts as sent.
 */
#ifndef DB_VERIFY_CODE_H
#define DB_VERIFY_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "code_limits.h"
#include "db.h"
#include "uuid.h"

struct principal;

#define VERIFY_CODE_DIGITS 6

/* The purpose of a code for a resident's phone. */
#define VERIFY_CODE_PHONE "phone"
/* The purpose of a code by which a person confirms a phone as their own. */
#define VERIFY_CODE_OWN_PHONE "own_phone"

/* What a code is valid for. */
struct code_scope {
	int32_t tenant_id;
	const char *purpose, *phone; /* as mobile.h writes it */
	/* The owner. */
	const char *openid;
	struct uuid account_id; /* nil if the openid has none */
	int32_t app_id;         /* 0 if it is not known; for the limits alone */
	bool is_disabled;       /* the account may not log in, or is closed */
};

/* Sets the owner: who has the openid. Returns ERR_OPENID_MALFORMED, ERR_USER_UNKNOWN if it is not
 * the person's, or ERR_ACCOUNT_DISABLED: nothing is sent to who cannot log in. */
enum err verify_code_find_owner(struct db *db, const struct principal *principal,
	const char *openid, struct code_scope *scope);

/* Tries a code; call it outside a transaction, since a try counts even if the rest fails.
 * Full-width digits and blanks are accepted. A text that is not six digits is wrong but does not
 * count as a try; neither does the right code. Returns ERR_NONE if the code is right and still
 * valid, or ERR_VERIFY_CODE_NONE, _WRONG, _EXPIRED or _TRIES. */
enum err verify_code_try(
	struct db *db, const struct code_scope *scope, const char *code, int64_t *id_r);
/* Tells, of a code that verify_code_try() has refused with ERR_VERIFY_CODE_NONE, whether it is the
 * right one and was used. It is forgotten when the owner gets another code for the phone, and a day
 * after it has expired. */
enum err verify_code_was_used(
	struct db *db, const struct code_scope *scope, const char *code, bool *was_used_r);
/* Call within the transaction that relies on the code. Returns ERR_VERIFY_CODE_NONE if another one
 * has used it. */
enum err verify_code_use(struct db *db, int32_t tenant_id, int64_t id);

struct verify_code {
	int64_t id;
	char digits[VERIFY_CODE_DIGITS + 1];
	int32_t wait_s;            /* with ERR_SMS_RATE: until the next code may be made */
	struct code_limits limits; /* on which its message counts */
};

/* Makes a code and counts its message. For a phone there is one in 60 s, 5 an hour and 10 a day,
 * the last of which is kept for the account that has confirmed the phone. For an owner there are 5
 * an hour, 3 of them for one phone, and 10 phones a day; for a person's address 20 an hour. The
 * tenant sets its own limits; its sms_reserve_percent is kept for phones that are confirmed.
 * address is the client's, NULL if it is not known. Returns ERR_SMS_RATE and changes nothing if a
 * limit is reached. */
enum err verify_code_make(struct db *db, const struct code_scope *scope,
	const struct principal *principal, const char *address, struct verify_code *code_r);
/* On what a code counts that was surely not sent. */
enum code_count {
	CODE_COUNTS,           /* on all limits, as one that was sent */
	CODE_COUNTS_FOR_OWNER, /* not on those of the phone, which got no message */
	CODE_COUNTS_NOT,
};

/* Deletes a code that was surely not sent. */
enum err verify_code_withdraw(struct db *db, const struct code_scope *scope,
	const struct verify_code *code, enum code_count count);

/* Deletes codes and counts that are too old to matter, a thousand of each at most; db->n_rows: how
 * many. */
enum err verify_code_purge(struct db *db);

#endif
