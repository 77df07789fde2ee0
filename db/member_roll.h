/*
 * The roll of a tenant's members, as files bring and take it.
 *
 * A line is the live member with its phone, or a new one. A line with a void card is the live
 * member only where that is to become void; else the one whose card was void before, or a new one,
 * void from the first.
 */
#ifndef DB_MEMBER_ROLL_H
#define DB_MEMBER_ROLL_H

#include <stdbool.h>
#include <stddef.h>

#include "member.h"

/* For sex and card_state; NULL for the others. */
#define MEMBER_KEEP (-1)

struct member_line {
	struct member member; /* normalised; with what is to stay as it is */
	bool voids_live;      /* with CARD_VOID */
};

struct member_roll {
	int32_t tenant_id;
	const struct member_line *lines;
	size_t n_lines;
};

/* All of it or nothing. ERR_PARAMETER: no such tenant. */
enum err member_roll_apply(struct db *db, const struct member_roll *roll);

/* Before the first page: notes who reads them all. ERR_PARAMETER: no such tenant. */
enum err member_roll_open(struct db *db, int32_t tenant_id);
/* The next thousand at most after an id, by id, in the arena; none: the end. */
enum err member_roll_page(struct db *db, int32_t tenant_id, int32_t after_id,
	const struct member **members_r, size_t *n_members_r);

#endif
