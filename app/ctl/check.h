/*
 * What "wxuserctl check" looks at, a file for each neighbourhood, and the one way in which it says
 * what it has found: a line each, with what to do unless all is well.
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
	int32_t n_hosts; /* that use the database; 0: as many as can be seen */
	int n_failed;
};

void check_say(struct check *check, enum check_verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* State directory, sockets, workers without a master. */
void check_host(struct check *check);
/* Whether the key files can be read. */
void check_key_files(struct check *check);
/* Compares the keys with the database, and tries them on what it holds. can_read: the database can
 * be asked. Whether its sealed values may be read. */
bool check_keys(struct check *check, bool can_read);
/* Whether the database lets us in, has our schema and takes our statements; its cluster, where it
 * is a node of one. */
bool check_database(struct check *check);
/* The database server's version and clock. */
void check_server(struct check *check, const struct server *server);
/* What the server allows, compared with what our workers may ask for. */
void check_limits(struct check *check, const struct server *server);
/* Tenants, and apps that the configuration names. */
void check_tenants(struct check *check);
/* WeChat, for each app if can_open, and the SMS gateway; with values that are sound. */
void check_outside(struct check *check, bool can_open);

#endif
