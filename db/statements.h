/*
 * All statements of the program, so that a wrong one stops the start and not a user.
 */
#ifndef STATEMENTS_H
#define STATEMENTS_H

#include "db.h"

struct stmt;

/* Prepares each once: ERR_NONE, ERR_BUSY, ERR_INTERNAL (logged). */
enum err statements_check(struct db *db);

void statements_each(void (*fn)(void *ctx, const struct stmt *stmt), void *ctx);

/* How many there are, of which a worker prepares what it uses. */
size_t statements_count(void);

#endif
