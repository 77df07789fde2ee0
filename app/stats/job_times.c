#include <stdatomic.h>

#include "job_times.h"

void job_times_note(struct job_times *table, size_t i, const char *name, int64_t done_us)
{
	if (i >= JOB_TIMES_N)
		return;
	atomic_store(&table->times[i].done_us, done_us);
	atomic_store(&table->times[i].name, name);
}
