#include <string.h>

#include "pool.h"

const char *pool_name(enum pool pool)
{
	static const char *const names[POOL_N] = {
		[POOL_CORE] = "core",
		[POOL_REMOTE] = "remote",
	};

	return names[pool];
}

enum pool pool_named(const char *name)
{
	enum pool pool = POOL_CORE;

	while (pool != POOL_N && strcmp(pool_name(pool), name) != 0)
		pool++;
	return pool;
}

long pool_core_workers(int n_processors)
{
	const long n = POOL_CORE_WORKERS_EACH * (long)n_processors;

	return n < POOL_CORE_WORKERS_MOST ? n : POOL_CORE_WORKERS_MOST;
}
