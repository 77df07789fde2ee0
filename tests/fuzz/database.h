/*
 * In place of libmariadb: what the server answers comes from the input. A statement finds a row or
 * several or none, changes one or none, meets a duplicate key, a deadlock or a connection that is
 * lost; a row has values of its columns' types. A sealed value opens, to a text like any other.
 * When the input is used up, a SELECT finds one row and a write changes one.
 */
#ifndef DATABASE_H
#define DATABASE_H

#include "fuzz.h"

struct db;

/* From now on the server answers from the input, which must outlive the answers. */
void database_answer(struct fuzz_input *input);
/* The statements since then: all, and those that write. */
unsigned database_n_asked(void);
unsigned database_n_written(void);

/* A struct db that has not yet asked. The caller frees it. */
struct db *database_open(struct arena *arena);

#endif
