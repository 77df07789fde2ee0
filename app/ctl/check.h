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

/* Whether there is one that a start takes. */
enum check_start {
	CHECK_START_NONE,    /* nothing to go on with */
	CHECK_START_REFUSED, /* its sockets, state directory or logs are in the way */
	CHECK_START_SOUND,
};

/* As root, where that is who starts the program. */
enum check_start check_configuration(struct check *check);
/* As the service's user: whether its values are such as a start takes. */
bool check_values(struct check *check);
/* Whether their files can be read. */
void check_key_files(struct check *check);
/* Compares them with the database, and tries them on what it holds. can_read: it can be asked.
 * Whether its sealed values may be read. */
bool check_keys(struct check *check, bool can_read);
/* State directory, sockets, workers without a master. */
void check_host(struct check *check);
/* Whether the database lets us in, has our schema and takes our statements. */
bool check_database(struct check *check);
/* Its cluster, where it is a node of one. */
void check_cluster(struct check *check);
/* Its version and clock. */
void check_server(struct check *check, const struct server *server);
/* What it allows, compared with what our workers may ask for. */
void check_limits(struct check *check, const struct server *server);
/* Whether it is on, here or, where the database can be read, everywhere. */
void check_maintenance(struct check *check, bool can_read);
/* Jobs that nobody does. */
void check_jobs(struct check *check);
/* Tenants, and apps that the configuration names. */
void check_tenants(struct check *check);
/* WeChat, for each app if can_open, and the SMS gateway; with values that are sound. */
void check_outside(struct check *check, bool can_open);

#endif
