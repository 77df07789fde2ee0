/*
 * What the node of a connection says of itself, for node_judge().
 */
#ifndef NODE_REPORT_H
#define NODE_REPORT_H

#include <stdbool.h>

struct db;
struct node_report;

/* Asks the node, which need not serve. Returns 0, or -1 with db->error set. */
int node_report_read(struct db *db, struct node_report *report_r);

/* Whether it says to which cluster what is written there belongs. A replica may follow a cluster
 * without being of it. */
bool node_report_tells_cluster(const struct node_report *report);

/* What each connection asks first of our tables. */
extern const char node_report_version_sql[];

#endif
