/*
 * When each of the jobs was last done, by whatever host, as the database says: workers write it
 * down whenever they look for a job that is due, so that each host can tell. The table lives in the
 * scoreboard and is all zero at first.
 */
#ifndef JOB_TIMES_H
#define JOB_TIMES_H

#include <stddef.h>
#include <stdint.h>

#define JOB_TIMES_N 16

struct job_time {
	const char *_Atomic name; /* NULL: nobody has looked yet */
	_Atomic int64_t done_us;  /* since 1970, by the database's clock; 0: never */
};

struct job_times {
	struct job_time times[JOB_TIMES_N];
};

/* Notes the time of job i; of more jobs than there is room for none is noted. name belongs to the
 * program that all workers run. */
void job_times_note(struct job_times *table, size_t i, const char *name, int64_t done_us);

#endif
