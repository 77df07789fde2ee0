/*
 * What has to be done now and then, by one worker of all hosts: a lease row, taken for a while,
 * says which.
 */
#ifndef CHORE_H
#define CHORE_H

#include "db.h"

/* Does what is due; asks the database at most once a minute. For idle workers. */
void chore_run(struct db *db);

#endif
