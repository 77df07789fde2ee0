/*
 * Opens the connection and sets up its session. Neither the configuration of the server nor its
 * init_connect nor a proxy decides what a statement means: each variable that the rules rely on is
 * set here and read back.
 *
 * If the server has an init_connect, the connection is reset first. Only a role that it has set
 * stays; its variables, an open transaction or another database do not.
 */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>

#include "err.h"

struct db;

#define SESSION_NEEDS "wxuser needs MariaDB 10.5 or newer"

/* Whether a server of this version can be used. */
bool session_supports(const char *version);
/* Makes sure that there is a connection with its session set up. Returns 0, or -1 with db->error
 * set. */
int session_open(struct db *db);
/* The same before a write. A connection that the server has closed is found out before the write is
 * sent; afterwards nobody would know whether it took effect. */
int session_open_to_write(struct db *db);
/* Finds what the server would preset for a connection where a plain server would not, in the words
 * of its administrator: "autocommit = OFF, an init_connect". NULL: nothing. */
enum err session_presets(struct db *db, const char **presets_r);

#endif
