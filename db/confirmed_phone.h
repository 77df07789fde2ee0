/*
 * The confirmed phone of an account: its person has shown to hold that number. A number is the
 * account's that confirmed it last. That counts for the tenant's phone_confirmation_days, since a
 * number that is given up is given to somebody else after some months.
 *
 * An SMS takes the number over from whoever had it. WeChat's phone button does not, while another
 * account's SMS counts: WeChat may know a number that its user has given up. An account that loses
 * its number keeps its members.
 */
#ifndef CONFIRMED_PHONE_H
#define CONFIRMED_PHONE_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto.h"
#include "db.h"
#include "uuid.h"

enum phone_source { PHONE_BY_BUTTON = 1, PHONE_BY_SMS, PHONE_BY_KEY }; /* as they are stored */

enum phone_import { PHONE_IMPORT_SAME, PHONE_IMPORT_SET, PHONE_IMPORT_ELSEWHERE };

struct confirmed_phone {
	int32_t tenant_id;
	struct uuid account_id;
	const char *phone; /* as mobile.h writes it */
};

/* Finds the account that holds a number; the nil id if there is none. */
enum err confirmed_phone_find_holder(
	struct db *db, int32_t tenant_id, const char *phone, struct uuid *account_id_r);
/* Tells whether a confirmation that is so many days old still counts. */
enum err confirmed_phone_counts(
	struct db *db, int32_t tenant_id, int32_t n_days, bool *counts_r);

/* Returns whether a confirmed_phone_hash is that of the number, by a key that look-ups use now. ""
 * is no number. */
bool confirmed_phone_is(const struct db *db, int32_t tenant_id, const char *phone,
	const uint8_t hash[CRYPTO_HASH_SIZE]);

/* Takes back the confirmation of a user's account, as its person asks; the audit has an entry if
 * there was one. */
enum err confirmed_phone_withdraw(struct db *db, int32_t tenant_id, int32_t wechat_user_id);

/* ---- For db/ alone and within a transaction. */

/* Makes it the account's phone, from now on, and writes an entry of the audit, and one for each
 * account that loses it. By button, changes
 * nothing while an SMS of the account counts, and returns ERR_PHONE_CONFIRMED_ELSEWHERE, and the
 * transaction must fail, if another account's does. */
enum err confirmed_phone_set(
	struct db *db, const struct confirmed_phone *confirmed, enum phone_source source);
/* Makes it the account's phone as of a moment in the past, by the word of a tenant's server.
 * Whoever has confirmed the number at since_us or later keeps it, and so does the account what
 * it has confirmed since. The audit has an entry for each account that loses it. */
enum err confirmed_phone_import(struct db *db, const struct confirmed_phone *confirmed,
	int64_t confirmed_us, int64_t since_us, enum phone_import *outcome_r);
/* Takes it from the account, unless a resident of the account has confirmed it. */
enum err confirmed_phone_forget(struct db *db, const struct confirmed_phone *confirmed);
/* Takes back the confirmation of an account that a rotation of the look-up key could not move
 * (lookup_confirmed.h), and writes an entry of the audit. Does nothing if it was confirmed anew
 * meanwhile. */
enum err confirmed_phone_give_up(struct db *db, int32_t tenant_id, struct uuid account_id);

#endif
