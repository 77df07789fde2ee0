/*
 * The row of a member, within a transaction. Look-ups by phone are for live cards, those that are
 * not void: 1, 0 or -1.
 */
#ifndef MEMBER_ROW_H
#define MEMBER_ROW_H

#include "member.h"
#include "stmt.h"

/* What a statement that reads members begins with, and its columns. */
#define MEMBER_ROW_SELECT                                                                          \
	"SELECT id, tenant_id, row_uuid, name, phone, sex, birthday, id_card, address, "           \
	"card_state FROM member "
extern const struct column member_row_columns[];

/* As a new one is stored: "" for NULL. */
void member_row_fill(struct member *member);

/* By tenant_id and phone. */
int member_row_find(struct db *db, const struct member *key, struct member *row_r);
int member_row_lock(struct db *db, const struct member *key, struct member *row_r);
/* The void card that had the phone last. */
int member_row_lock_void(struct db *db, const struct member *key, struct member *row_r);

/* Sets id and row_uuid: 0, STMT_DUPLICATE or -1. */
int member_row_insert(struct db *db, struct member *row);
/* 0, STMT_DUPLICATE or -1. */
int member_row_update(struct db *db, const struct member *row);

#endif
