/*
 * Between the client library and the server: the n-th request to it, and so many after that, go
 * wrong. A test that has it is linked with WITH_FAULTS.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <mysql.h>
#include <stdbool.h>

/* The requests are executions, START TRANSACTION and COMMIT; n 0: none. code: what the server is
 * made to say to an execution; 0: the connection is killed before the request is sent. */
void break_at(int n, int n_times, unsigned code);
/* Since then. */
int n_broken(void);

/* From now on, or no longer, ROLLBACK is interrupted before it begins. */
void break_rollback(bool is_broken);

void kill_connection(MYSQL *connection);

#endif
