/*
 * What the parts of "wxuserctl check" share, and the one way in which they report: a line for each
 * thing checked, with what to do unless all is well.
 */
#ifndef CHECK_REPORT_H
#define CHECK_REPORT_H

#include <stdint.h>

struct conf;
struct ctl;

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

#endif
