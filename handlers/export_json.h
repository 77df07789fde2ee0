/*
 * The export of a person's data as JSON: an object with a member for each table of which the person
 * has rows, which is a list of objects.
 */
#ifndef EXPORT_JSON_H
#define EXPORT_JSON_H

#include "err.h"

struct buf;
struct db;
struct person;

/* Appends the export of db/person_export.h. If it fails, buf holds a part of it. */
enum err export_json(
	struct db *db, const struct person *person, const char *actor, struct buf *buf);

#endif
