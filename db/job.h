/*
 * Jobs that recur, once for all hosts: most delete rows that are too old to be kept, one seals the
 * audit.
 *
 * A job has a row in job_lease, which the process that first takes it inserts. A process takes the
 * lease, works in batches of at most a thousand rows, commits each batch by itself, and renews the
 * lease as it goes. A process that dies loses the lease within a minute, by the database's
 * clock. A failure is written to the log and to the row; the job is due again a minute later.
 *
 * Workers do a little of a job between two requests. Where there may be no traffic, cron does all
 * of it with "wxuserctl jobs run".
 */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "account_close.h"
#include "db.h"
#include "job_lease.h"

struct job;
struct job_times;

/* The job that a worker has begun. All zero at first, but for times. */
struct job_progress {
	struct job_times *times; /* where to note when each job was last done; NULL: nowhere */
	const struct job *job; /* NULL: none */
	int64_t n_rows;        /* done so far */
	int64_t position;      /* how far it has come, if it goes through ids; 0 at first */
	struct due_place due;  /* the same, through accounts that are due */
	int64_t look_us;       /* when to look for a job that is due */
};

/* Does a few batches of a job that is due, for some 50 ms. Looks at most once a minute whether one
 * is. */
void job_step(struct db *db, struct job_progress *progress);

/* Calls row for each job, in the order in which they are done. */
enum err job_list(struct db *db, void (*row)(void *ctx, const struct job_state *state), void *ctx);

/* Makes a job due, so that a worker does it within about a minute, and writes it to the audit.
 * Returns ERR_PARAMETER if no job has that name. */
enum err job_hasten(struct db *db, const char *name);

enum job_outcome {
	JOB_DONE,
	JOB_FAILED, /* logged */
	JOB_HELD,   /* another process does it */
};

/* Does all jobs that are due, or the named one whether it is due or not, and calls report for each.
 * Returns ERR_PARAMETER if no job has that name. */
enum err job_run(struct db *db, const char *name,
	void (*report)(void *ctx, const struct job_state *state, enum job_outcome outcome),
	void *ctx);

#endif
