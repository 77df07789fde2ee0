/*
 * Opens the connection behind a struct db to one server, for the other files of db/ only. By which
 * user and password, with which time-outs and with TLS or without says the configuration. A
 * password goes only to a server on this machine, or to one that has proved by TLS who it is,
 * unless the method of authentication shows nothing of it.
 */
#ifndef CONN_CONNECT_H
#define CONN_CONNECT_H

struct db;
struct server_address;

/* Connects, without setting up the session, as db->conn->login or as [database] user. Reads the
 * password each time, since it may have been changed. Returns 0, or -1 with db->error set. */
int conn_connect(struct db *db, const struct server_address *address);

#endif
