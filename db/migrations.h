/*
 * The migrations, compiled in from db/schema/NNNN_name.sql, in their order. The first makes the
 * table schema_version and is applied each time.
 */
#ifndef MIGRATIONS_H
#define MIGRATIONS_H

#include <stddef.h>
#include <stdint.h>

struct migration {
	int32_t version;
	const char *name;
	const char *const *statements; /* ends with NULL */
};

extern const struct migration migrations[];
extern const size_t n_migrations;

/* Returns the version of the schema that this program needs. One of a later release will do. */
int32_t migrations_newest(void);

#endif
