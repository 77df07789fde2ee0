/*
 * What a connection is set to. Neither the server's configuration nor its init_connect nor a proxy
 * decides what a statement means: everything that the rules rely on is set here and read back.
 *
 * Of an init_connect nothing but a role is left: not its variables, nor a transaction or a database
 * that it has opened.
 */
#ifndef SESSION_H
#define SESSION_H

#include "err.h"

struct db;

/* Of a new connection; sets db->is_cluster. -1 with the failure noted: the server does not take a
 * value, the message says which. */
int session_set(struct db *db);

/* What the server would have a connection do, in the operator's words, where a plain server has
 * nothing of the kind: "autocommit = OFF, an init_connect"; NULL: nothing. */
enum err session_presets(struct db *db, const char **presets_r);

#endif
