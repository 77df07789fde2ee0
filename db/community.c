#include "arena.h"
#include "audit.h"
#include "community.h"
#include "stmt.h"
#include "str.h"
#include "tenant.h"
#include "transaction.h"

struct row {
	int32_t tenant_id;
	int64_t after_id;
	struct community community;
};

#define ROW(member, type) COLUMN(struct row, member, type)
#define TENANT ROW(tenant_id, INT32)
#define IDENTITY TENANT, ROW(community.region_code, INT64), ROW(community.name, STR)
#define ORGANISATION TENANT, ROW(community.organisation, STR)
#define ORGANISATION_NUMBERS                                                                    \
	ROW(community.organisation_level, INT32), ROW(community.business_type, INT32),          \
		ROW(community.unit_type, INT32)

#define WHERE_IDENTITY                                                                          \
	"WHERE tenant_id = ? AND region_code <=> NULLIF(?, 0) "                                 \
	"AND (region_code IS NOT NULL OR name = ?)"
#define ORGANISATION_ID "(SELECT id FROM organisation WHERE tenant_id = ? AND name = ?)"

enum { FIND, INSERT, UPDATE, LIST, INSERT_ORGANISATION, UPDATE_ORGANISATION };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT id FROM community " WHERE_IDENTITY " LIMIT 1",
		.params = COLUMNS(IDENTITY),
		.columns = COLUMNS(ROW(community.id, INT64)),
	},
	[INSERT] = {
		.text = "INSERT INTO community (tenant_id, region_code, name, region_level, "
			"organisation_id, created_at) VALUES (?, NULLIF(?, 0), ?, "
			"COALESCE(NULLIF(?, -1), (SELECT level FROM region WHERE code = ?), 0), "
			ORGANISATION_ID ", UTC_TIMESTAMP(6))",
		.params = COLUMNS(IDENTITY, ROW(community.region_level, INT32),
			ROW(community.region_code, INT64), ORGANISATION),
	},
	[UPDATE] = {
		.text = "UPDATE community SET name = ?, "
			"region_level = COALESCE(NULLIF(?, -1), region_level), organisation_id = "
			"IF(? IS NULL, organisation_id, " ORGANISATION_ID ") " WHERE_IDENTITY,
		.params = COLUMNS(ROW(community.name, STR), ROW(community.region_level, INT32),
			ROW(community.organisation, STR), ORGANISATION, IDENTITY),
	},
	[LIST] = {
		.text = "SELECT c.id, c.name, c.region_code, c.region_level, COALESCE(o.name, ''), "
			"COALESCE(o.region_level, -1), COALESCE(o.business_type, -1), "
			"COALESCE(o.unit_type, -1) FROM community c "
			"LEFT JOIN organisation o ON o.id = c.organisation_id "
			"WHERE c.tenant_id = ? AND c.id > ? ORDER BY c.id LIMIT 1000",
		.params = COLUMNS(TENANT, ROW(after_id, INT64)),
		.columns = COLUMNS(ROW(community.id, INT64), ROW(community.name, STR),
			ROW(community.region_code, INT64), ROW(community.region_level, INT32),
			ROW(community.organisation, STR), ORGANISATION_NUMBERS),
		.row_size = sizeof(struct row),
	},
	[INSERT_ORGANISATION] = {
		.text = "INSERT INTO organisation (tenant_id, name, region_level, business_type, "
			"unit_type, created_at) VALUES (?, ?, COALESCE(NULLIF(?, -1), 0), "
			"COALESCE(NULLIF(?, -1), 0), COALESCE(NULLIF(?, -1), 1), UTC_TIMESTAMP(6))",
		.params = COLUMNS(ORGANISATION, ORGANISATION_NUMBERS),
	},
	[UPDATE_ORGANISATION] = {
		.text = "UPDATE organisation SET "
			"region_level = COALESCE(NULLIF(?, -1), region_level), "
			"business_type = COALESCE(NULLIF(?, -1), business_type), "
			"unit_type = COALESCE(NULLIF(?, -1), unit_type) "
			"WHERE tenant_id = ? AND name = ?",
		.params = COLUMNS(ORGANISATION_NUMBERS, ORGANISATION),
	},
};

const struct stmt_table community_statements = STMT_TABLE(statements);

static enum err insert(struct db *db, const struct stmt *stmt, const struct row *row)
{
	return transaction_wrote(db, stmt_run(db, stmt, row));
}

static enum err upsert(
	struct db *db, const struct stmt *update, const struct stmt *add, const struct row *row)
{
	int n_updated = stmt_run(db, update, row);

	if (n_updated != 0)
		return n_updated < 0 ? transaction_failed(db) : ERR_NONE;
	return insert(db, add, row);
}

enum err community_of_region(
	struct db *db, int32_t tenant_id, const struct region *region, int64_t *id_r)
{
	struct row row = {
		.tenant_id = tenant_id,
		.community = {
			.name = region_name(region),
			.region_code = region->code,
			.region_level = region->level,
		},
	};
	int found = stmt_find(db, &statements[FIND], &row, &row);
	enum err err;

	*id_r = row.community.id;
	if (found != 0)
		return found < 0 ? transaction_failed(db) : ERR_NONE;
	err = insert(db, &statements[INSERT], &row);
	*id_r = db->insert_id;
	return err;
}

enum err community_list(
	struct db *db, int32_t tenant_id, int64_t after_id, struct community_list *list_r)
{
	const struct row key = {.tenant_id = tenant_id, .after_id = after_id};
	const struct row *rows;
	void *found;
	size_t n;

	if (stmt_all(db, &statements[LIST], &key, &found, &n) != 0)
		return conn_err(db);
	rows = found;
	*list_r = (struct community_list){
		.communities = arena_array(db->arena, struct community, n),
		.n_communities = n,
	};
	for (size_t i = 0; i < n; i++)
		list_r->communities[i] = rows[i].community;
	return ERR_NONE;
}

struct putting {
	int32_t tenant_id;
	const struct community *communities;
	size_t n_communities;
};

static enum err put_one(struct db *db, int32_t tenant_id, const struct community *community)
{
	const struct row row = {.tenant_id = tenant_id, .community = *community};
	enum err err = ERR_NONE;

	if (!str_is_empty(community->organisation))
		err = upsert(db, &statements[UPDATE_ORGANISATION],
			&statements[INSERT_ORGANISATION], &row);
	if (err == ERR_NONE)
		err = upsert(db, &statements[UPDATE], &statements[INSERT], &row);
	return err;
}

static enum err put_all(struct db *db, void *ctx)
{
	const struct putting *putting = ctx;
	const struct audit_entry entry = {
		.tenant_id = putting->tenant_id,
		.action = "community.import",
		.actor = "wxuserctl",
		.subject = "communities",
		.details = arena_printf(db->arena, "{\"lines\":%zu}", putting->n_communities),
	};
	enum err err = tenant_check(db, putting->tenant_id);

	for (size_t i = 0; i < putting->n_communities && err == ERR_NONE; i++)
		err = put_one(db, putting->tenant_id, &putting->communities[i]);
	if (err == ERR_NONE && audit_write(db, &entry) != 0)
		err = transaction_failed(db);
	return err;
}

enum err community_put(
	struct db *db, int32_t tenant_id, const struct community *communities, size_t n)
{
	struct putting putting = {
		.tenant_id = tenant_id,
		.communities = communities,
		.n_communities = n,
	};

	return transaction_run(db, put_all, &putting);
}
