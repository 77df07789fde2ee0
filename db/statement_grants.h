/*
 * Which rights a statement needs, by its text. It reads what the statement tables have: SELECT,
 * INSERT, UPDATE and DELETE, joins, sub-selects, ON DUPLICATE KEY UPDATE and RETURNING, with
 * keywords in capitals and names in small letters. Each table that is read needs SELECT, and so
 * does one whose rows are changed, since a condition reads them.
 */
#ifndef STATEMENT_GRANTS_H
#define STATEMENT_GRANTS_H

#include <stdbool.h>

struct arena;
struct grants;

/* Adds what the statement needs; the columns that an UPDATE writes are added to the grant beside
 * GRANT_UPDATE. Returns false for a text that it cannot read. */
bool statement_grants_add(struct grants *grants, struct arena *arena, const char *text);

#endif
