/*
 * The merges of accounts, for whoever may undo one (account_unmerge.h): the newest first.
 */
#ifndef MERGE_LIST_H
#define MERGE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "uuid.h"

struct listed_merge {
	int64_t id; /* that the undo takes */
	int32_t tenant_id;
	struct uuid survivor, merged;
	int32_t n_users, n_unionids;   /* that moved */
	int64_t merged_us, undone_us;  /* undone_us: 0 if it is not undone */
	bool is_survivor_merged, is_survivor_closed;
};

struct merge_page {
	int32_t tenant_id; /* of merge_list_page(), 0: all tenants */
	int64_t before_id; /* 0: from the newest on */
	int32_t n_most;
};

/* Reads merges with ids below before_id, from the highest on, into the arena. */
enum err merge_list_page_of_tenant(struct db *db, const struct merge_page *page,
	const struct listed_merge **merges_r, size_t *n_r);
/* The same for an operator's command. */
enum err merge_list_page(struct db *db, const struct merge_page *page,
	const struct listed_merge **merges_r, size_t *n_r);
/* Returns what stands against the undo: "done", "survivor_merged", "survivor_closed", or "possible"
 * if nothing is known. The undo finds out by itself whether what moved is still there. */
const char *merge_list_undo(const struct listed_merge *merge);

#endif
