/*
 * An API key, and what one may do that another one may not: nobody gives a key more than the own
 * key has.
 */
#ifndef DB_API_KEY_RIGHTS_H
#define DB_API_KEY_RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct db;

#define API_KEY_RATE_PER_S 1000 /* of a key that is given none */
/* Days before its end for which a key without a successor is told to an operator. */
#define API_KEY_WARNING_DAYS 14

struct api_key {
	int32_t id;
	int32_t tenant_id;
	int32_t scopes; /* of enum scope */
	int32_t rate_per_s; /* requests that each host takes; 0: any number */
	/* Separated by commas, without blanks; "" or NULL: all. */
	const char *networks; /* that it may be sent from */
	const char *apps;     /* of which it may ask for WeChat's token */
	const char *name;
	int64_t created_us, revoked_us; /* 0: never */
	int64_t expires_us;             /* 0: never */
	const char *used_on;  /* the last day of UTC+8 on which it was used; NULL: none */
	int32_t successor_id; /* the key that took its place by a rotation; 0: none */
};

/* SQL: whether a row of api_key can still be used; k: "k." */
#define API_KEY_IS_VALID(k)                                                                     \
	"(" k "revoked_at IS NULL AND (" k "expires_at IS NULL OR " k                           \
	"expires_at > UTC_TIMESTAMP(6)))"

/* A set. */
enum api_key_right {
	API_KEY_SCOPES = 1,
	API_KEY_APPS = 2,
	API_KEY_NETWORKS = 4,
	API_KEY_RATE = 8,
	API_KEY_END = 16,
};

/* Returns in which of them key has more than own. A network has to lie within one of own's: two
 * halves do not make a whole. */
int32_t api_key_beyond(const struct api_key *own, const struct api_key *key);
/* Returns the rate of a new key that is given none. */
int32_t api_key_rate_by(const struct api_key *own);
/* Whether it is valid, ends within API_KEY_WARNING_DAYS, and nothing was done about that. */
bool api_key_ends_soon(const struct api_key *key, int64_t now_us);
/* Writes to the audit what was done to the key, and what it may do now. */
enum err api_key_note(struct db *db, const struct api_key *key, const char *action);

#endif
