/*
 * All statements of the program, so that a wrong one stops the start and not a user.
 */
#ifndef STATEMENTS_H
#define STATEMENTS_H

#include "db.h"
#include "db_user.h"

struct stmt;

/* Prepares each statement of the user once, and compares its parameters and columns with what is
 * declared. */
enum err statements_check(struct db *db, enum db_user user);

/* Calls fn for each statement. */
void statements_each(void (*fn)(void *ctx, const struct stmt *stmt), void *ctx);

/* Returns how many of them a worker keeps prepared at most. It prepares those that it uses. */
size_t statements_kept_max(void);

#endif
