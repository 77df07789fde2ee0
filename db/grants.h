/*
 * What each user of the database needs, by the statement tables, and what it has, by SHOW GRANTS.
 *
 * The service and wxuserctl get rights table by table. Where a user may not insert rows, it may
 * write only those columns of a table that its statements write: the service notes in a key when it
 * was used, but cannot give it a scope. wxuserctl reads all tables. Who migrates changes and fills
 * all tables of the database.
 *
 * New rights come before old ones are taken away: a release that still runs beside the new one goes
 * on with what it has. Then grants_write_excess() takes away what no longer is needed.
 */
#ifndef GRANTS_H
#define GRANTS_H

#include <stdbool.h>
#include <stddef.h>

#include "db_user.h"
#include "err.h"
#include "grant.h"

struct buf;
struct db;

/* A user of the database: what it has, and what all need that it is. */
struct grantee {
	const char *account;  /* `wxuser`@`localhost` */
	const char *database;
	const char *pattern; /* by which it has rights to the database, as the server has it; NULL:
			      * it has none */
	struct grants need, has;
	bool has_of_others; /* by a role, or by a pattern that fits other databases, too */
};

/* Returns what the statements of a user need. */
void grants_need(struct grants *grants_r, struct arena *arena, enum db_user user);
/* Reads what the user of the connection has in effect, through roles, too, and as whom the server
 * knows it. need is left alone. */
enum err grants_read(struct db *db, struct grantee *grantee);
/* Adds one line of SHOW GRANTS to what the grantee has. */
void grants_add_line(struct grantee *grantee, struct arena *arena, const char *line);

/* Writes the statements that give a grantee what it needs and does not have, a line each: that by
 * which the tables are granted on *.* counts, that on all tables of the database does not, since it
 * is to be taken away. Returns how many. */
size_t grants_write_missing(struct buf *out, const struct grantee *grantee);
/* Returns how many of these it lacks even so. */
size_t grants_count_lacking(const struct grantee *grantee);
/* Writes the statements that take away what it has in the database and does not need, and those
 * that give columns again which go along. Returns how many are taken away: none if it has something
 * of others, which only they can judge. */
size_t grants_write_excess(struct buf *out, const struct grantee *grantee);
/* Gives a grantee what it lacks, by a connection that may. */
enum err grants_give(struct db *db, const struct grantee *grantee);
/* Writes what is not protected from the grantee: "change the audit, make API keys". Returns false
 * if all is. */
bool grants_write_unprotected(struct buf *out, const struct grantee *grantee);

#endif
