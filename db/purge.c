#include "purge.h"

int purge_run(struct db *db, const struct stmt *count, const struct stmt *remove)
{
	struct purge purge = {0};

	if (stmt_find(db, count, NULL, &purge) < 0)
		return -1;
	if (purge.n_rows == 0)
		return 0;
	return stmt_run(db, remove, &purge);
}
