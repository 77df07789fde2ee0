/*
 * The parts of "wxuserctl check", a file for each area. A part reports each thing that it checks by
 * check_report(): one line, with what to do unless all is well.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct conf;
struct ctl;
struct server;

enum check_verdict { CHECK_OK, CHECK_WARN, CHECK_FAIL };

struct check {
	struct ctl *ctl;
	const struct conf *conf;
	int32_t n_hosts; /* that use the database; 0: as many as are connected */
	int n_failed;
};

/* Prints a line and counts it if it is a failure. */
void check_report(struct check *check, enum check_verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Checks for workers without a master, the state directory and the sockets. */
void check_host(struct check *check);
/* Checks that the key files can be read. */
void check_key_files(struct check *check);
/* Compares the keys with those of the database, and tries them on what it holds. can_read: the
 * database can be read. Returns whether its sealed values may be opened. */
bool check_keys(struct check *check, bool can_read);
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
