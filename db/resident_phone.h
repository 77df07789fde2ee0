/*
 * The confirmed phone of an account (confirmed_phone.h) whose number one of its residents has.
 */
#ifndef RESIDENT_PHONE_H
#define RESIDENT_PHONE_H

#include <stdint.h>

#include "db.h"

/* Finds the number of the phone that a user's account has confirmed, if a resident of the account
 * has it. Returns ERR_ABSENT if none has. It may count no longer (confirmed_phone.h). */
enum err resident_phone_find_confirmed(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, const char **phone_r);

#endif
