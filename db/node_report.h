/*
 * What the node of a connection says of itself, for node_judge().
 */
#ifndef NODE_REPORT_H
#define NODE_REPORT_H

struct db;
struct node_report;

/* Asks the node, which need not serve. Returns 0, or -1 with db->error set. */
int node_report_read(struct db *db, struct node_report *report_r);

/* What each connection asks first of our tables. */
extern const char node_report_version_sql[];

#endif
