/*
 * The export of a person's data as JSON: an object with a member for each table, which is a list of
 * the person's rows.
 */
#ifndef EXPORT_JSON_H
#define EXPORT_JSON_H

#include "err.h"

struct buf;
struct db;
struct person;

/* Appends what person_export() (db/person_export.h) exports. If it fails, buf may hold a part of it
 * that is to be shown to nobody. */
enum err export_json(
	struct db *db, const struct person *person, const char *actor, struct buf *buf);

#endif
