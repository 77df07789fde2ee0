/*
 * Exports a tenant's rows to standard output, a page at a time, so that memory does not grow
 * with their number.
 */
#ifndef EXPORT_H
#define EXPORT_H

#include <stddef.h>

#include "ctl.h"

struct csv_column;

struct export {
	int32_t tenant_id;
	const struct csv_column *columns; /* of CSV; NULL: write_page writes something else */
	/* Writes the rows that follow *last_id, in the arena of db, and sets it to the last of
	 * them. *n_r: how many rows, 0 at the end. */
	enum err (*write_page)(
		const struct export *export, struct db *db, int64_t *last_id, size_t *n_r);
	void *ctx; /* for write_page */
};

/* Returns the exit status. */
int export_run(struct ctl *ctl, const struct export *export);

/* Returns the status, or after a message EXIT_FAILURE if values were left out since they do not
 * open. */
int export_end(struct ctl *ctl, int status);

#endif
