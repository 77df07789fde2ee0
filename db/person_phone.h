/*
 * The phone of a person, as they confirm it themselves: the number becomes the account's confirmed
 * phone (confirmed_phone.h) and that of the profile of the WeChat user who confirms it.
 */
#ifndef DB_PERSON_PHONE_H
#define DB_PERSON_PHONE_H

#include "db.h"

struct claim;
struct principal;

/* Confirms a number by the code that was sent there for VERIFY_CODE_OWN_PHONE. phone: as mobile.h
 * writes it. The same code again, while its row is kept and the account holds the number, makes the
 * number the profile's again. Returns ERR_VERIFY_CODE_NONE, _WRONG, _EXPIRED or _TRIES, or
 * ERR_USER_UNKNOWN. */
enum err person_phone_confirm_by_sms(
	struct db *db, const struct principal *person, const char *phone, const char *code);
/* Confirms a number that WeChat's phone button has given for a claimed code, and records the
 * code's success. Returns ERR_PHONE_CONFIRMED_ELSEWHERE if another account has confirmed it by SMS,
 * ERR_CODE_PENDING if the claim has an outcome already, or ERR_USER_UNKNOWN. */
enum err person_phone_confirm_by_button(struct db *db, const struct principal *person,
	const char *phone, const struct claim *claim);

#endif
