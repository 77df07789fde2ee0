/*
 * Which database a list of several hosts means: while some hosts do not answer, one that does may
 * be another database, such as an old copy.
 */
#ifndef MIGRATE_HOSTS_H
#define MIGRATE_HOSTS_H

struct db;

/* Connects to each host of [database] host, as the user of db. Sets problem_r to why the host of
 * db's connection may not be the one that is meant, and what to type if it is: most hosts do not
 * answer, or those that do take writes of several databases. NULL: it is the one. */
void migrate_hosts_find_problem(struct db *db, const char **problem_r);

#endif
