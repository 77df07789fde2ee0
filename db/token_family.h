/*
 * Families of access tokens: a person's logins on their devices, which the person sees and ends.
 * token.h says what a family is.
 */
#ifndef DB_TOKEN_FAMILY_H
#define DB_TOKEN_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

struct principal;

struct token_family {
	struct uuid id;
	const char *appid;             /* NULL: no app has named the user yet */
	int64_t began_us, renewed_us;  /* renewed: when its last token was issued */
	bool is_current;               /* the principal's own */
	bool is_by_key;                /* the tenant's server opened it by its API key */
};

/* Reads the families of a person's account that can still be renewed, the latest login first, into
 * the arena. */
enum err token_family_list(struct db *db, const struct principal *principal,
	struct token_family **families_r, size_t *n_families_r);
/* Revokes a family of a person's account; an unknown one, too, is gone then. */
enum err token_family_end(struct db *db, const struct principal *principal, struct uuid id);

#endif
