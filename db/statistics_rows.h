/*
 * The rows of statistics: how they are read, and the job that makes them.
 */
#ifndef STATISTICS_ROWS_H
#define STATISTICS_ROWS_H

#include "statistics.h"

/* ---- Reading. */

struct day_refusals {
	const char *error; /* err_name() */
	int32_t n;
};

/* A day of an app, or of a whole tenant. */
struct day_statistics {
	const char *day; /* 2026-11-29 */
	int32_t tenant_id; /* 0: of logins to apps that no tenant has */
	int32_t app_id;    /* 0: the whole tenant */
	const char *appid; /* NULL: the whole tenant, or the app is gone */
	int32_t n[STATISTIC_N];
	const struct day_refusals *refusals; /* by reason */
	size_t n_refusals;
};

/* Each reads what is known of the last n_days days, today among them, up to some seconds ago, in
 * the arena: the latest day first, of each day a tenant after the other, and of each tenant the
 * whole before its apps. There are no rows of days on which nothing happened; of very many rows the
 * oldest days are left out. */
enum err statistics_list(struct db *db, int32_t n_days, const struct day_statistics **days_r,
	size_t *n_r);
enum err statistics_list_of_tenant(struct db *db, int32_t tenant_id, int32_t n_days,
	const struct day_statistics **days_r, size_t *n_r);
/* Of each tenant the whole alone. */
enum err statistics_list_sums(struct db *db, int32_t n_days, const struct day_statistics **days_r,
	size_t *n_r);

/* ---- The job. */

/* Adds parts, counts the active people of days that are over, and deletes what is too old: a
 * bounded number of rows. As a step of job.c. To do it again changes nothing. */
enum err statistics_step(struct db *db, int64_t *n_rows_r, bool *is_over_r);

#endif
