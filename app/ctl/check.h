/*
 * The parts of "wxuserctl check", a file for each area. check.c runs them.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>

#include "check_report.h"

struct server;

/* Checks for workers without a master, the state directory and the sockets. */
void check_host(struct check *check);
/* Checks that the key files can be read. */
void check_key_files(struct check *check);
/* Compares the keys with those of the database, and tries them on what it holds. can_read: the
 * database can be read. Returns whether its sealed values may be opened. */
bool check_keys(struct check *check, bool can_read);
/* Checks this host's erasures.log, and compares it with the database. Needs the right keys. */
void check_erasures(struct check *check);
/* Checks that the database accepts a connection, has our schema and prepares our statements, and
 * its cluster if it is a node of one. Returns whether it can be read. */
bool check_database(struct check *check);
/* Checks the database server's version and clock. */
void check_server(struct check *check, const struct server *server);
/* Compares the server's limits with what our workers may ask for. */
void check_limits(struct check *check, const struct server *server);
/* Checks tenants, and the apps that the configuration names. */
void check_tenants(struct check *check);
/* Checks that WeChat answers, for each app if can_open, and the SMS gateway. Needs valid values in
 * the configuration. */
void check_remote(struct check *check, bool can_open);

#endif
