/*
 * Opens sealed values as they are read. What is damaged, or was sealed for another place, is logged
 * and counted. If it is of a person's row, it reads as absent, so that nothing else of the person
 * is locked, and whoever sets it replaces it; a secret of a tenant is an error. What is sealed with
 * a key that this process does not have is an error, too: the key may be in the file already.
 */
#ifndef SEALED_VALUE_H
#define SEALED_VALUE_H

#include <stddef.h>

#include "secret.h"

struct db;

struct sealed_value {
	struct secret_place place;
	const char *bytes;
	size_t size;
};

/* "": what reads as absent: the file of the keys marks its key as lost; it is damaged. */
extern const char sealed_value_lost[], sealed_value_damaged[];

/* Returns the text, in the arena of results, or one of those above; NULL with db->error set. A
 * damaged one adds to db->n_damaged. */
const char *sealed_value_open(struct db *db, const struct sealed_value *value);
/* Returns the text or sealed_value_lost; NULL, without a log line, if no key opens it. */
const char *sealed_value_try(struct db *db, const struct sealed_value *value);

#endif
