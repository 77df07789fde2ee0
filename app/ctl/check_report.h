/*
 * What the parts of "wxuserctl check" share, and the one way in which they report: a line for each
 * thing checked, with what to do unless all is well.
 */
#ifndef CHECK_REPORT_H
#define CHECK_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "listing.h"

struct conf;
struct db;
struct node_table;

enum check_verdict { CHECK_OK, CHECK_WARN, CHECK_FAIL };

struct check {
	struct ctl *ctl; /* its db is wxuserctl's */
	struct db *service; /* that of the service, which may be the same; NULL: none yet */
	const struct conf *conf;
	bool lacks_control; /* the password of wxuserctl's user cannot be read */
	int32_t n_hosts;          /* that use the database; 0: as many as are connected */
	size_t n_nodes;           /* hosts in [database] host */
	struct node_table *nodes; /* what visits have found out; NULL: there were none */
	const char *host; /* of several nodes the one that the lines are about; NULL: they are about
	                   * all, or the only one */
	int n_failed;
	struct listing listing; /* what was reported */
};

void check_report_begin(struct check *check);
/* Returns the exit status. */
int check_report_end(struct check *check);
/* Prints a line and counts it if it is a failure. Of one of several nodes what is as it should be
 * is not told; one line says it of all. */
void check_report(struct check *check, enum check_verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
