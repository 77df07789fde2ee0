/*
 * A tenant's customers and their cards, as files bring and take them. A phone is that of one member
 * at most; a void card gives its phone free. Of two calls at the same moment the unique key lets
 * one win.
 *
 * Members' phones are mobile numbers, also from abroad. A landline belongs to a household or an
 * office, and a phone is to name one person.
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

/* Texts as given may be NULL, as stored they are "" when unset. */
struct member {
	int32_t id;
	int32_t tenant_id;
	const char *name, *phone, *id_card, *address;
	const char *birthday; /* "1990-05-01 00:00:00", in UTC+8 */
	int32_t sex;          /* 0 to 9; the tenant's own meaning */
	int32_t card_state;   /* of enum card_state */
	struct uuid row_uuid;
};

/* Brings phone and id_card to the form in which they are stored. ERR_PHONE_MALFORMED, also where
 * there is none; ERR_ID_CARD_MALFORMED. */
enum err member_normalise(struct member *member, struct arena *arena);

/* For sex and card_state; NULL for the others. */
#define MEMBER_KEEP (-1)

/* The live member with the phone, or a new one. With CARD_VOID it is the live member only where
 * that is to become void; else the one whose card was void before, or a new one, void from the
 * first. */
struct member_import_row {
	struct member member; /* normalised; with what is to stay as it is */
	bool voids_live;      /* with CARD_VOID */
};

struct member_import {
	int32_t tenant_id;
	const struct member_import_row *rows;
	size_t n_rows;
	int n_added, n_changed; /* what came of it */
};

/* All of it or nothing. ERR_PARAMETER: no such tenant. */
enum err member_import(struct db *db, struct member_import *import);

/* Before the first page: notes who reads them all. ERR_PARAMETER: no such tenant. */
enum err member_export_begin(struct db *db, int32_t tenant_id);
/* The next thousand at most after an id, by id, in the arena; none: the end. */
enum err member_export_page(struct db *db, int32_t tenant_id, int32_t after_id,
	const struct member **members_r, size_t *n_members_r);

/* ---- For db/ alone: the row, within a transaction. Look-ups by tenant_id and phone are for live
 * cards, those that are not void: 1, 0 or -1. */

/* As a new one is stored: "" for NULL. */
void member_fill(struct member *member);

int member_find(struct db *db, const struct member *key, struct member *row_r);
int member_lock(struct db *db, const struct member *key, struct member *row_r);
/* The void card that had the phone last. */
int member_lock_void(struct db *db, const struct member *key, struct member *row_r);

/* Sets id and row_uuid: 0, STMT_DUPLICATE or -1. */
int member_insert(struct db *db, struct member *row);

#endif
