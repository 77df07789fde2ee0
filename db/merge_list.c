#include "merge_list.h"
#include "stmt.h"

#define MERGE(member, type) COLUMN(struct listed_merge, member, type)
#define PAGE(member, type) COLUMN(struct merge_page, member, type)
#define N_MOVED(kind) "COALESCE(JSON_LENGTH(JSON_QUERY(l.moved, '$." kind "')), 0), "

#define SELECT                                                                                  \
	"SELECT l.id, l.tenant_id, l.survivor_id, l.merged_id, " N_MOVED("users")               \
	N_MOVED("unionids") "l.created_at, l.undone_at, EXISTS (SELECT 1 FROM account_alias a " \
	"WHERE a.tenant_id = l.tenant_id AND a.alias = l.survivor_id), "                        \
	"EXISTS (SELECT 1 FROM account s WHERE s.tenant_id = l.tenant_id "                      \
	"AND s.id = l.survivor_id AND s.erases_at IS NOT NULL) FROM merge_log l "
#define LISTED                                                                                  \
	MERGE(id, INT64), MERGE(tenant_id, INT32), MERGE(survivor, UUID), MERGE(merged, UUID),  \
		MERGE(n_users, INT32), MERGE(n_unionids, INT32), MERGE(merged_us, TIME),        \
		MERGE(undone_us, TIME), MERGE(is_survivor_merged, BOOL),                        \
		MERGE(is_survivor_closed, BOOL)

enum { OF_TENANT, OF_ALL };

static const struct stmt statements[] = {
	[OF_TENANT] = {
		.text = SELECT "WHERE l.tenant_id = ? AND l.id < ? ORDER BY l.id DESC LIMIT ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(
			PAGE(tenant_id, INT32), PAGE(before_id, INT64), PAGE(n_most, INT32)),
		.columns = COLUMNS(LISTED),
		.row_size = sizeof(struct listed_merge),
	},
	[OF_ALL] = {
		.text = SELECT "WHERE l.id < ? ORDER BY l.id DESC LIMIT ?",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(PAGE(before_id, INT64), PAGE(n_most, INT32)),
		.columns = COLUMNS(LISTED),
		.row_size = sizeof(struct listed_merge),
	},
};

const struct stmt_table merge_list_statements = STMT_TABLE(statements);

static enum err merge_list_read(struct db *db, const struct stmt *stmt,
	const struct merge_page *page, const struct listed_merge **merges_r, size_t *n_r)
{
	struct merge_page wanted = *page;
	void *rows;
	enum err err;

	if (wanted.before_id == 0)
		wanted.before_id = INT64_MAX;
	err = stmt_all(db, stmt, &wanted, &rows, n_r);
	*merges_r = err == ERR_NONE ? rows : NULL;
	return err;
}

enum err merge_list_page_of_tenant(struct db *db, const struct merge_page *page,
	const struct listed_merge **merges_r, size_t *n_r)
{
	return merge_list_read(db, &statements[OF_TENANT], page, merges_r, n_r);
}

enum err merge_list_page(struct db *db, const struct merge_page *page,
	const struct listed_merge **merges_r, size_t *n_r)
{
	return merge_list_read(db, &statements[page->tenant_id == 0 ? OF_ALL : OF_TENANT], page,
		merges_r, n_r);
}

const char *merge_list_undo(const struct listed_merge *merge)
{
	if (merge->undone_us != 0)
		return "done";
	if (merge->is_survivor_merged)
		return "survivor_merged";
	return merge->is_survivor_closed ? "survivor_closed" : "possible";
}
