/*
 * How many verification codes may be sent: to a phone, for an owner, from an address or with a key,
 * for an app, for a tenant. verify_code.h says the numbers.
 */
#ifndef DB_CODE_LIMITS_H
#define DB_CODE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "slot_limit.h"
#include "uuid.h"

struct principal;

/* The limit of one code for a phone in so many seconds. */
#define CODE_LIMIT_RESEND "phone_minute"
#define CODE_LIMIT_RESEND_S 60

/* Who asks for a code, and for which phone. */
struct code_requester {
	int32_t tenant_id, app_id;
	struct uuid account_id;
	const char *owner, *phone;
	const struct principal *principal;
	const char *address; /* the client's; NULL: not known */
};

struct code_limits {
	struct slot_limit items[SLOT_LIMITS_MAX]; /* those of the phone, whoever asks, are first */
	size_t n_of_phone, n_items;
};

/* Finds the limits that a code has to take a slot of, all of them or none. */
enum err code_limits_find(
	struct db *db, const struct code_requester *requester, struct code_limits *limits_r);
/* Call within a transaction: takes back what a code has taken of its first n limits. */
enum err code_limits_give_back(
	struct db *db, int32_t tenant_id, const struct code_limits *limits, size_t n);

#endif
