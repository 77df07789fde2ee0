/*
 * The parts of "wxuserctl check", a file for each area. check.c runs them.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "check_report.h"

struct server;
struct server_cluster;

/* Checks for workers without a master, the state directory and the sockets. */
void check_host(struct check *check);
/* Checks that the key files can be read. */
void check_key_files(struct check *check);
/* Compares the keys with those of the database, and tries them on what it holds. can_read: the
 * database can be read. Returns whether its sealed values may be opened. */
bool check_keys(struct check *check, bool can_read);
/* Checks this host's erasures.log, and compares it with the database. Needs the right keys. */
void check_erasures(struct check *check);
/* If [database] host is a list, visits each host of it, whatever state it is in, judges what each
 * says of itself, and compares them. Returns whether one serves, or may since it is the only one.
 *
 * The service goes on without a node that is down, hangs or is not in the cluster, so it is a
 * warning, as long as another is ready; if none is, it is a failure. A setting that may lose or mix
 * up data is a failure, however many nodes are ready. */
bool check_nodes(struct check *check);
/* Judges the server if it is the only one; check_nodes() has judged each of several. */
void check_only_node(struct check *check);
/* Reads the passwords of wxuserctl's users of the database, and checks that the service may not. To
 * be called with the rights of who runs this. */
void check_passwords(struct check *check);
/* Compares what the users of the database may do with what their statements need. */
void check_rights(struct check *check);
/* Checks that the database accepts a connection, has our schema and prepares our statements.
 * Returns whether it can be read. */
bool check_database(struct check *check);
/* Judges a server's version, clock and settings, and its limits by what the workers of all hosts
 * may ask for. */
void check_server(struct check *check, const struct server *server);
/* Judges the settings of a node of a cluster. */
void check_cluster(struct check *check, const struct server_cluster *cluster);
/* Compares the number of nodes that reach each other with [database] host. */
void check_cluster_size(struct check *check, int64_t n_nodes);
/* Returns seconds in tenths, so that none is -0.0. */
double check_clock_ahead_s(const struct server *server);
/* Compares the keys of servers and operators with the audit. Needs the right keys. */
void check_made_keys(struct check *check);
/* Checks how far ids of 32 bits are from their end. */
void check_ids(struct check *check);
/* Checks tenants, and the apps that the configuration names. */
void check_tenants(struct check *check);
/* Checks that WeChat answers, for each app if can_open, and the SMS gateway. Needs valid values in
 * the configuration. */
void check_remote(struct check *check, bool can_open);

#endif
