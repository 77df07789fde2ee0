/*
 * The lease of a job, a row of job_lease: one process at a time, of all hosts, has it and does the
 * job. It lasts a minute by the database's clock, unless it is renewed. The row also says when the
 * job is due, and how it went last. A job that was never taken has no row; it is free and due. So
 * is one whose row is of a time to come, since the clock was set back.
 *
 * For job.h, which has the jobs.
 */
#ifndef JOB_LEASE_H
#define JOB_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

struct job_state {
	const char *name;
	const char *holder;  /* the process that does the job now; "": none */
	const char *does;    /* what the job does, and when */
	int64_t due_us;      /* 0: at once. Stays in the past until a process does the job */
	int64_t now_us;      /* by the database's clock */
	int64_t ended_us;    /* when the job last succeeded; 0: never */
	int64_t failed_us;   /* when it failed; 0: it has not failed since it succeeded */
	int64_t n_rows;      /* done when it last succeeded */
};

/* Sets of the state all but name, by which the row is found, and does. */
enum err job_lease_read(struct db *db, struct job_state *state);
/* The same for several, by one statement. */
enum err job_lease_read_all(struct db *db, struct job_state *states, size_t n_states);
/* Whether no process has the lease, and whether the job is due, as they were read. */
bool job_lease_is_free(const struct job_state *state);
bool job_lease_is_due(const struct job_state *state);

/* Takes the lease for this process; the first process inserts the row. Returns ERR_ABSENT if
 * another one has it, or the job is not due and is_forced is not set. */
enum err job_lease_take(struct db *db, const char *name, bool is_forced);
/* Returns ERR_ABSENT if the lease has expired. */
enum err job_lease_renew(struct db *db, const char *name);
/* Each gives back the lease, if this process still has it: the job has succeeded and done so many
 * rows, or it has failed. It is due again after wait_s. A lease that cannot be given back ends by
 * itself. */
void job_lease_end(struct db *db, const char *name, int64_t n_rows, int32_t wait_s);
void job_lease_fail(struct db *db, const char *name, int32_t wait_s);
/* Makes the job due now. */
enum err job_lease_make_due(struct db *db, const char *name);

#endif
