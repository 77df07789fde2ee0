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

/* A right that no statement ever needs: on another database or on all of them, of a kind that is no
 * enum grant_right, to give rights away, on columns; or a role, which may be taken at any time. */
struct grant_beyond {
	const char *rights; /* "FILE, SUPER"; NULL: object is a role */
	const char *object; /* "*.*", "`other`.*", "PROCEDURE `a`.`b`", "`operator`" */
	/* Of some columns of one of our tables: the right to all of it makes them needed. */
	const char *table; /* NULL: it is something else */
	unsigned right;
	bool is_of_others; /* object is more than our database, or another one */
	bool is_option;    /* to give away what it has of our database */
	struct grant_beyond *next;
};

/* A user of the database: what it has, and what all need that it is. */
struct grantee {
	const char *account;  /* `wxuser`@`localhost` */
	const char *database;
	const char *pattern; /* by which it has rights to the database, as the server has it; NULL:
			      * it has none */
	struct grants need, has;
	bool has_of_others; /* by a role, or by a pattern that fits other databases, too */
	struct grant_beyond *beyond; /* but for what a role that is in effect has */
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
/* Writes the statements that take away what it has and does not need, and those that give again
 * what goes along. What it has of others, or by a role or a pattern, only an administrator can
 * judge: a comment says it; if it is of our database, too, nothing of that is taken away. Returns
 * how many are taken away. */
size_t grants_write_excess(struct buf *out, const struct grantee *grantee);
/* Gives a grantee what it lacks, by a connection that may. */
enum err grants_give(struct db *db, const struct grantee *grantee);
/* Writes what is not protected from the grantee: "change the audit, use FILE ON *.*". Returns false
 * if all is. */
bool grants_write_unprotected(struct buf *out, const struct grantee *grantee);

#endif
