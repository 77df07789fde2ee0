/*
 * Limits of WeChat's phone button, which a code of the button counts against before WeChat is
 * asked, in one transaction: a person gets 5 numbers a day and has 5 bad codes a day, a tenant gets
 * phone_numbers_per_day, since WeChat takes money for each.
 *
 * What turns out not to have happened is given back, so that many codes at once cannot pass a
 * limit.
 */
#ifndef DB_PHONE_ATTEMPT_H
#define DB_PHONE_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "slot_limit.h"

struct principal;

enum { PHONE_ATTEMPT_FAILURES, PHONE_ATTEMPT_NUMBERS, PHONE_ATTEMPT_OF_TENANT, PHONE_ATTEMPT_N };

struct phone_attempt {
	int32_t tenant_id;
	struct slot_limit limits[PHONE_ATTEMPT_N];
	int32_t wait_s; /* with ERR_RATE: until the next one may begin */
	/* The first one today with which the tenant has four fifths of its numbers. */
	bool is_warning;
};

/* Counts a bad code and a number. Returns ERR_RATE and counts nothing if a limit is reached. */
enum err phone_attempt_begin(
	struct db *db, const struct principal *person, struct phone_attempt *attempt_r);
/* Gives back what was not so. has_number: WeChat has given it, or may have. */
enum err phone_attempt_end(
	struct db *db, const struct phone_attempt *attempt, bool has_number, bool has_bad_code);
/* Returns whether a tenant has taken four fifths of its numbers. */
bool phone_attempt_is_near(int32_t n_taken, int32_t n_most);
/* Tells how many of the tenant's numbers of a day are taken. */
enum err phone_attempt_count(
	struct db *db, int32_t tenant_id, int32_t *n_taken_r, int32_t *n_most_r);

#endif
