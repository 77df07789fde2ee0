#include "community.h"
#include "stmt.h"
#include "transaction.h"

struct community {
	int64_t id;
	int32_t tenant_id;
	int64_t region_code;
	int32_t region_level;
	const char *name;
};

#define ROW(member, type) COLUMN(struct community, member, type)

enum { OF_REGION, INSERT };

static const struct stmt statements[] = {
	[OF_REGION] = {
		.text = "SELECT id FROM community WHERE tenant_id = ? AND region_code = ?",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(region_code, INT64)),
		.columns = COLUMNS(ROW(id, INT64)),
	},
	[INSERT] = {
		.text = "INSERT INTO community (tenant_id, name, region_code, region_level, "
			"created_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(name, STR), ROW(region_code, INT64),
			ROW(region_level, INT32)),
	},
};

const struct stmt_table community_statements = STMT_TABLE(statements);

enum err community_of_region(
	struct db *db, int32_t tenant_id, const struct region *region, int64_t *id_r)
{
	struct community row = {
		.tenant_id = tenant_id,
		.region_code = region->code,
		.region_level = region->level,
		.name = region_name(region),
	};
	int found = stmt_find(db, &statements[OF_REGION], &row, &row);
	int inserted;

	*id_r = row.id;
	if (found != 0)
		return found < 0 ? transaction_failed(db) : ERR_NONE;
	inserted = stmt_run(db, &statements[INSERT], &row);
	*id_r = db->insert_id;
	if (inserted == STMT_DUPLICATE)
		return transaction_again(db);
	return inserted < 0 ? transaction_failed(db) : ERR_NONE;
}
