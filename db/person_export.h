/*
 * The export of a person's data: what the schema's marks give to the person
 * (db/schema/personal.awk). Sealed values are opened. A member to whom another account is bound,
 * too, is left out, since it may be that person. The tenant's own notes are left out unless its
 * setting export_internal is on. Each export is written to the audit.
 */
#ifndef PERSON_EXPORT_H
#define PERSON_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "person_find.h"

struct exported_value {
	const char *name; /* of the column */
	const char *text; /* NULL: there is none */
	bool is_bare;     /* a number, true or false */
};

struct exported_row {
	const struct exported_value *values;
	size_t n_values;
};

struct export_reader {
	void (*table)(void *ctx, const char *name); /* its rows follow, if there are any */
	void (*row)(void *ctx, const struct exported_row *row);
	void *ctx;
};

/* Gives the reader all tables with the rows of the person. An instant is as in RFC 3339, in UTC and
 * milliseconds. actor: for the audit. If it fails, what the reader has is to be shown to nobody,
 * since the audit does not have it. Returns ERR_USER_UNKNOWN if nobody is there, or ERR_RATE if
 * the person has had an export within the hour. */
enum err person_export(struct db *db, const struct person *person, const char *actor,
	const struct export_reader *reader);
/* Sets wait_s_r to the seconds until the person may have an export; 0: now. */
enum err person_export_look(struct db *db, const struct person *person, int64_t *wait_s_r);

#endif
