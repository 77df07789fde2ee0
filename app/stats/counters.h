/*
 * Counters of what happens anywhere in the program, whatever request it belongs to: the database,
 * WeChat, SMS, limits. They are cheap enough for every request: no lock, no system call, no memory.
 *
 * A worker counts in shared memory, in counters of its own; the metrics add up those of all. A
 * process that has named none (tools, tests) counts in memory of its own.
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

enum counter {
#define COUNTER(name, metric, label, value, help) COUNTER_##name,
#include "counter.def"
#undef COUNTER
	COUNTER_N
};

struct counters {
	_Atomic uint64_t n[COUNTER_N];
};

/* Makes this process count there from now on, lines that its log loses too. */
void counters_use(struct counters *counters);
void counter_add(enum counter counter, uint64_t n);

#endif
