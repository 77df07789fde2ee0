#include "counters.h"
#include "log.h"

static struct counters own;
static struct counters *in_use = &own;

void counters_use(struct counters *counters)
{
	in_use = counters;
	log_count_lost(&counters->n[COUNTER_LOG_LOST]);
}

void counter_add(enum counter counter, uint64_t n)
{
	atomic_fetch_add_explicit(&in_use->n[counter], n, memory_order_relaxed);
}
