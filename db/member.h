/*
 * Members: a tenant's customers and their cards, imported from files and exported to them.
 *
 * At most one member has a phone; a void card gives its phone free. If two requests take a phone at
 * the same moment, the unique key lets one of them win. The phones are mobile numbers, also from
 * abroad: a phone is to name one person, and a landline belongs to a household or an office.
 */
#ifndef DB_MEMBER_H
#define DB_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

struct arena;

enum card_state { CARD_VALID, CARD_LOST, CARD_VOID, CARD_UNUSABLE };
/* "valid", "lost", "void" or "unusable". */
const char *card_state_name(int32_t state);

/* A text may be NULL as given; as stored it is "" when it is unset. */
struct member {
	int32_t id;
	int32_t tenant_id;
	const char *name, *phone, *id_card, *address;
	const char *birthday; /* "1990-05-01 00:00:00", in UTC+8 */
	int32_t sex;          /* 0 to 9, with the tenant's own meaning */
	int32_t card_state;   /* enum card_state */
	struct uuid row_uuid;
};

/* Writes phone and id_card in the form in which they are stored, in the arena. Returns
 * ERR_PHONE_MALFORMED, also if there is no phone, or ERR_ID_CARD_MALFORMED. */
enum err member_normalise(struct member *member, struct arena *arena);

/* In sex and card_state of an imported row: keeps what is stored. In a text NULL does so. */
#define MEMBER_KEEP (-1)

/* A row changes the member who has its phone and whose card is not void, or adds a member. A row
 * with CARD_VOID does so only if voids_live is set. Otherwise, or if there is none, it changes the
 * member whose card was void last, or adds one with a void card. */
struct member_import_row {
	struct member member; /* normalised */
	bool voids_live;
};

struct member_import {
	int32_t tenant_id;
	const struct member_import_row *rows;
	size_t n_rows;
	bool is_dry_run;
	size_t n_added, n_changed; /* set by member_import(): that are, or would be */
};

/* Imports all rows or none; a dry run only looks. Returns ERR_PARAMETER if there is no such
 * tenant. */
enum err member_import(struct db *db, struct member_import *import);

/* Writes to the audit that the members are exported; call it before the first page. Returns
 * ERR_PARAMETER if there is no such tenant. */
enum err member_export_begin(struct db *db, int32_t tenant_id);
/* Reads at most a thousand members whose ids are above after_id, ordered by id, into the arena.
 * None are left if n_members_r is 0. */
enum err member_export_page(struct db *db, int32_t tenant_id, int32_t after_id,
	const struct member **members_r, size_t *n_members_r);

struct member_page {
	int32_t tenant_id;
	int32_t after_id;
	int32_t n_most;
};

/* The same for at most n_most members. */
enum err member_page(struct db *db, const struct member_page *page,
	const struct member **members_r, size_t *n_members_r);
/* Finds the member of this tenant_id and id. Returns ERR_MEMBER_UNKNOWN. */
enum err member_find_by_id(struct db *db, struct member *member);

/* ---- The row, for db/ alone and within a transaction. */

/* Sets the texts that are NULL to "", as they are stored. */
void member_fill(struct member *member);

/* Each finds a member by tenant_id and phone, or returns ERR_MEMBER_UNKNOWN. The first two find one
 * whose card is not void, the last one the void card that had the phone last. */
enum err member_find(struct db *db, const struct member *key, struct member *row_r);
enum err member_lock(struct db *db, const struct member *key, struct member *row_r);
enum err member_lock_void(struct db *db, const struct member *key, struct member *row_r);

/* Sets id and row_uuid. */
enum err member_insert(struct db *db, struct member *row);

#endif
