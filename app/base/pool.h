/*
 * The two pools of workers. A request that waits for WeChat or the SMS gateway belongs to the
 * remote pool, so that a slow answer from there leaves the core pool free.
 */
#ifndef POOL_H
#define POOL_H

/* The pool of a worker. An endpoint may also have POOL_ANY, which means either. */
enum pool { POOL_CORE, POOL_REMOTE, POOL_N, POOL_ANY = POOL_N };

/* The most is what MariaDB's default of 151 connections allows: 4 remote workers beside them, twice
 * that during a reload, and ten connections for other programs. */
#define POOL_CORE_WORKERS_EACH 8 /* for each processor */
#define POOL_CORE_WORKERS_MOST 64

/* Returns "core" or "remote". */
const char *pool_name(enum pool pool);
/* Returns POOL_N if no pool has the name. */
enum pool pool_named(const char *name);
/* Returns the number of core workers that the default gives for so many processors. */
long pool_core_workers(int n_processors);

#endif
