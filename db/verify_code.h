/*
 * Codes that prove who holds a phone: six digits, 5 minutes, 5 tries, used once, bound to tenant,
 * purpose and phone. Only their HMAC is stored; a new code takes the place of the one before.
 *
 * A code is made, and its message counted, before the gateway is asked; what the gateway surely did
 * not send is withdrawn. Of one that did not answer the message is taken as sent.
 */
#ifndef DB_VERIFY_CODE_H
#define DB_VERIFY_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

struct principal;

#define VERIFY_CODE_DIGITS 6

/* The purpose: a resident's phone. */
#define VERIFY_CODE_PHONE "phone"

/* What a code is good for. */
struct code_place {
	int32_t tenant_id;
	const char *purpose, *phone; /* as mobile.h writes it */
};

/* Outside a transaction, since a try counts whatever comes of the rest. ERR_NONE: the code is right
 * and still live; ERR_VERIFY_CODE_NONE, _WRONG, _EXPIRED, _TRIES. Full-width digits and blanks are
 * read as they are meant; what is not six digits is wrong and no try, nor is the right code. */
enum err verify_code_try(
	struct db *db, const struct code_place *place, const char *code, int64_t *id_r);
/* Call within the transaction that relies on the code. Returns ERR_VERIFY_CODE_NONE if another one
 * has used it. */
enum err verify_code_use(struct db *db, int64_t id);

struct verify_code {
	int64_t id;
	char digits[VERIFY_CODE_DIGITS + 1];
	int32_t wait_s; /* with ERR_SMS_RATE: until the next code may be made */
};

/* The new code, and its message counted: 60 s between two, 5 an hour and 10 a day for a phone, 20
 * an hour for a person's address, the tenant's ceilings. address: the client's, NULL if it is not
 * known. ERR_SMS_RATE: nothing has changed. */
enum err verify_code_make(struct db *db, const struct code_place *place,
	const struct principal *principal, const char *address, struct verify_code *code_r);
/* It was surely not sent. is_free: the next one need not wait 60 s. */
enum err verify_code_withdraw(struct db *db, const struct code_place *place,
	const struct verify_code *code, bool is_free);

/* Forgets codes and counts that are too old to matter, a thousand of each at most: their number, or
 * -1. */
enum err verify_code_purge(struct db *db);

#endif
