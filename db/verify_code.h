/*
 * Codes that prove who holds a phone: six digits, 5 minutes, 5 tries, used once, bound to tenant,
 * purpose and phone. Only their HMAC is stored; a new code takes the place of the one before.
 */
#ifndef DB_VERIFY_CODE_H
#define DB_VERIFY_CODE_H

#include <stdint.h>

#include "db.h"

/* One purpose so far. */
#define VERIFY_CODE_PHONE "phone"

/* Outside a transaction, since a wrong try counts whatever comes of the rest. ERR_NONE: the code is
 * right and still live; ERR_VERIFY_CODE_NONE, _WRONG, _EXPIRED, _TRIES. */
enum err verify_code_try(struct db *db, int32_t tenant_id, const char *purpose,
	const char *phone, const char *code, int64_t *id_r);
/* Within the transaction that relies on it: 1; 0: somebody else has used it; -1. */
int verify_code_use(struct db *db, int64_t id);

#endif
