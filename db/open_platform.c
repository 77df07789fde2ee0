#include "arena.h"
#include "fold.h"
#include "open_platform.h"
#include "stmt.h"
#include "transaction.h"

struct platform_row {
	int32_t id, tenant_id;
	const char *name;
};

#define ROW(member, type) COLUMN(struct platform_row, member, type)

enum { FIND, ADD };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT id FROM open_platform WHERE tenant_id = ? AND name = ?",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(name, STR)),
		.columns = COLUMNS(ROW(id, INT32)),
	},
	[ADD] = {
		.text = "INSERT INTO open_platform (tenant_id, name, created_at) "
			"SELECT id, ?, UTC_TIMESTAMP(6) FROM tenant WHERE id = ?",
		.params = COLUMNS(ROW(name, STR), ROW(tenant_id, INT32)),
	},
};

const struct stmt_table open_platform_statements = STMT_TABLE(statements);

enum err open_platform_named(struct db *db, int32_t tenant_id, const char *name, int32_t *id_r)
{
	size_t size;
	const char *trimmed = fold_trim(name, &size);
	struct platform_row row = {
		.tenant_id = tenant_id,
		.name = arena_strndup(db->arena, trimmed, size),
	};
	int found = stmt_find(db, &statements[FIND], &row, &row);
	int n_added;

	*id_r = row.id;
	if (found > 0)
		return ERR_NONE;
	n_added = found < 0 ? found : stmt_run(db, &statements[ADD], &row);
	*id_r = n_added > 0 ? (int32_t)db->insert_id : 0;
	return transaction_wrote(db, n_added);
}
