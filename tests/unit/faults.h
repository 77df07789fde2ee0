/*
 * Between the client library and the server: the n-th request to it, and so many after that, go
 * wrong. A test that has it is linked with WITH_FAULTS.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <mysql.h>
#include <stdbool.h>

#include "err.h"

/* The requests are executions, START TRANSACTION and COMMIT; n 0: none. code: what the server is
 * made to say to an execution; 0: the connection is killed before the request is sent. Meanwhile
 * no time passes between the tries. */
void break_at(int n, int n_times, unsigned code);
/* Since then. */
int n_broken(void);

/* From now on the server is made to say code to what is sent without parameters and begins with
 * text, before it runs. NULL: no longer. */
void break_query(const char *text, unsigned code);

void kill_connection(MYSQL *connection);

/* ---- All or nothing. */

/* As break_at() takes it. */
struct fault {
	int n, n_times;
	unsigned code;
};

/* A rule, and what it may not leave half done. */
struct trial {
	void (*prepare)(void *ctx); /* before each run, with nothing broken; NULL: nothing to do */
	enum err (*run)(void *ctx);
	const char *(*everything)(void);
	void *ctx;
};

/* Asserts that the rule does all of it, or else returns ERR_BUSY or ERR_INTERNAL, changes nothing,
 * and does all of it when it is run again. Whether the fault was in reach. */
bool run_with_fault(const struct trial *trial, const struct fault *fault);

/* Breaks the first request of this call of a rule, the second …, until none is reached, each in
 * all the ways in which a server or a connection breaks. There must be more than n_least. */
void break_each(bool (*attempt)(int call, const struct fault *fault), int call, int n_least);

#endif
