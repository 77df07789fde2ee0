/*
 * What is counted where it happens, whatever request it belongs to: the database, WeChat, SMS,
 * limits. Cheap enough for every request: no lock, no system call, no memory.
 *
 * A worker counts into meters of its own in shared memory, where a scrape adds up those of all;
 * who has named none (tools, tests) counts into the process's.
 */
#ifndef METER_H
#define METER_H

#include <stdatomic.h>
#include <stdint.h>

enum meter {
#define METER(name, metric, label, value, help) METER_##name,
#include "meter.def"
#undef METER
	METER_N
};

struct meters {
	_Atomic uint64_t n[METER_N];
};

/* Where this process counts from now on. */
void meter_use(struct meters *meters);
void meter_add(enum meter meter, uint64_t n);

#endif
