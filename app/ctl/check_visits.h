/*
 * What a visit to each host of [database] host has found, and the rules by which it is judged.
 */
#ifndef CHECK_VISITS_H
#define CHECK_VISITS_H

#include <stdbool.h>
#include <stddef.h>

#include "check_report.h"
#include "node.h"
#include "server.h"
#include "server_address.h"

struct visits {
	size_t n;
	struct server_address addresses[NODES_MAX];
	enum node_state states[NODES_MAX];
	struct server servers[NODES_MAX]; /* all zero: it has not told */
	const char *problems[NODES_MAX];  /* why it has not */
	const char *remedies[NODES_MAX];  /* db_err_remedy() of that */
	struct node_table nodes;          /* by which the service judges and chooses */
};

/* Judges each host, and compares them. Returns whether one serves. */
bool check_visits(struct check *check, const struct visits *visits);

#endif
