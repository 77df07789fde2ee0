#include "arena.h"
#include "audit.h"
#include "community.h"
#include "stmt.h"
#include "str.h"
#include "tenant.h"
#include "transaction.h"

#define EXPORT_PAGE 1000

struct community_row {
	int32_t tenant_id;
	struct community community;
};

#define ROW(member, type) COLUMN(struct community_row, member, type)
#define PAGE(member, type) COLUMN(struct community_page, member, type)
#define TENANT ROW(tenant_id, INT32)
#define IDENTITY TENANT, ROW(community.region_code, INT64), ROW(community.name, STR)
#define ORGANISATION TENANT, ROW(community.organisation, STR)
#define ORGANISATION_NUMBERS                                                                    \
	ROW(community.organisation_level, INT32), ROW(community.business_type, INT32),          \
		ROW(community.unit_type, INT32)

#define WHERE_IDENTITY                                                                          \
	"WHERE tenant_id = ? AND region_code <=> NULLIF(?, 0) "                                 \
	"AND (region_code IS NOT NULL OR name = ?)"
/* SQL: of each community c. */
#define ORGANISATION_OF_C                                                                       \
	"COALESCE(o.name, ''), COALESCE(o.region_level, -1), COALESCE(o.business_type, -1), "   \
	"COALESCE(o.unit_type, -1) FROM community c "                                           \
	"LEFT JOIN organisation o ON o.id = c.organisation_id "
#define STORED                                                                                  \
	ROW(community.id, INT64), ROW(community.name, STR), ROW(community.region_code, INT64),  \
		ROW(community.region_level, INT32), ROW(community.organisation, STR),           \
		ORGANISATION_NUMBERS
#define ORGANISATION_ID "(SELECT id FROM organisation WHERE tenant_id = ? AND name = ?)"

enum { FIND, LOCK, INSERT, UPDATE, LIST, INSERT_ORGANISATION, UPDATE_ORGANISATION };

static const struct stmt statements[] = {
	[FIND] = {
		.text = "SELECT id FROM community " WHERE_IDENTITY " LIMIT 1",
		.params = COLUMNS(IDENTITY),
		.columns = COLUMNS(ROW(community.id, INT64)),
	},
	/* With the organisation, so that a row that changes nothing costs no other statement. */
	[LOCK] = {
		.text = "SELECT c.id, c.name, c.region_code, c.region_level, " ORGANISATION_OF_C
			"WHERE c.tenant_id = ? AND c.region_code <=> NULLIF(?, 0) "
			"AND (c.region_code IS NOT NULL OR c.name = ?) LIMIT 1 FOR UPDATE",
		.reads_again = true,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(IDENTITY),
		.columns = COLUMNS(STORED),
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
		.text = "UPDATE community SET name = ?, region_level = ?, organisation_id = "
			ORGANISATION_ID " WHERE tenant_id = ? AND id = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(community.name, STR), ROW(community.region_level, INT32),
			ORGANISATION, TENANT, ROW(community.id, INT64)),
	},
	[LIST] = {
		.text = "SELECT c.id, c.name, c.region_code, c.region_level, " ORGANISATION_OF_C
			"WHERE c.tenant_id = ? AND c.id > ? ORDER BY c.id LIMIT ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(PAGE(tenant_id, INT32), PAGE(after_id, INT64),
			PAGE(n_most, INT32)),
		.columns = COLUMNS(STORED),
		.row_size = sizeof(struct community_row),
	},
	[INSERT_ORGANISATION] = {
		.text = "INSERT INTO organisation (tenant_id, name, region_level, business_type, "
			"unit_type, created_at) VALUES (?, ?, COALESCE(NULLIF(?, -1), 0), "
			"COALESCE(NULLIF(?, -1), 0), COALESCE(NULLIF(?, -1), 1), UTC_TIMESTAMP(6))",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ORGANISATION, ORGANISATION_NUMBERS),
	},
	[UPDATE_ORGANISATION] = {
		.text = "UPDATE organisation SET "
			"region_level = COALESCE(NULLIF(?, -1), region_level), "
			"business_type = COALESCE(NULLIF(?, -1), business_type), "
			"unit_type = COALESCE(NULLIF(?, -1), unit_type) "
			"WHERE tenant_id = ? AND name = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ORGANISATION_NUMBERS, ORGANISATION),
	},
};

const struct stmt_table community_statements = STMT_TABLE(statements);

enum err community_of_region(
	struct db *db, int32_t tenant_id, const struct region *region, int64_t *id_r)
{
	struct community_row row = {
		.tenant_id = tenant_id,
		.community = {
			.name = region_name(region),
			.region_code = region->code,
			.region_level = region->level,
		},
	};
	enum err err = stmt_need(db, &statements[FIND], &row, &row, ERR_ABSENT);

	*id_r = row.community.id;
	if (err != ERR_ABSENT)
		return err;
	err = stmt_write(db, &statements[INSERT], &row);
	*id_r = db->insert_id;
	return err;
}

enum err community_list(
	struct db *db, int32_t tenant_id, int64_t after_id, struct community_list *list_r)
{
	const struct community_page page = {tenant_id, after_id, EXPORT_PAGE};

	return community_page(db, &page, list_r);
}

enum err community_page(
	struct db *db, const struct community_page *page, struct community_list *list_r)
{
	const struct community_row *rows;
	void *found;
	size_t n;
	enum err err = stmt_all(db, &statements[LIST], page, &found, &n);

	if (err != ERR_NONE)
		return err;
	rows = found;
	*list_r = (struct community_list){
		.communities = arena_array(db->arena, struct community, n),
		.n_communities = n,
	};
	for (size_t i = 0; i < n; i++)
		list_r->communities[i] = rows[i].community;
	return ERR_NONE;
}

static bool put_number(int32_t *stored, int32_t number)
{
	if (number == COMMUNITY_KEEP || *stored == number)
		return false;
	*stored = number;
	return true;
}

static bool put_text(const char **stored, const char *text)
{
	if (text == NULL || strcmp(*stored, text) == 0)
		return false;
	*stored = text;
	return true;
}

/* Returns whether the row changes the organisation that the community has from then on. */
static bool put_organisation(struct community *stored, const struct community *row)
{
	bool is_changed = put_text(&stored->organisation, row->organisation);

	if (str_is_empty(row->organisation))
		return false;
	is_changed |= put_number(&stored->organisation_level, row->organisation_level);
	is_changed |= put_number(&stored->business_type, row->business_type);
	is_changed |= put_number(&stored->unit_type, row->unit_type);
	return is_changed;
}

static enum err write_organisation(struct db *db, const struct community_row *row)
{
	enum err err = stmt_change(db, &statements[UPDATE_ORGANISATION], row, ERR_ABSENT);

	return err == ERR_ABSENT ? stmt_write(db, &statements[INSERT_ORGANISATION], row) : err;
}

static enum err add_community(
	struct db *db, struct community_import *import, const struct community_row *row)
{
	enum err err = ERR_NONE;

	import->n_added++;
	if (import->is_dry_run)
		return ERR_NONE;
	if (!str_is_empty(row->community.organisation))
		err = write_organisation(db, row);
	return err == ERR_NONE ? stmt_write(db, &statements[INSERT], row) : err;
}

static enum err import_community(
	struct db *db, struct community_import *import, const struct community *community)
{
	const struct community_row row = {
		.tenant_id = import->tenant_id, .community = *community};
	struct community_row stored = row;
	bool is_organisation_changed, is_changed;
	enum err err = stmt_need(db, &statements[LOCK], &row, &stored, ERR_ABSENT);

	if (err == ERR_ABSENT)
		return add_community(db, import, &row);
	if (err != ERR_NONE)
		return err;
	is_changed = put_text(&stored.community.name, community->name);
	is_changed |= put_number(&stored.community.region_level, community->region_level);
	is_changed |= community->organisation != NULL &&
		strcmp(stored.community.organisation, community->organisation) != 0;
	is_organisation_changed = put_organisation(&stored.community, community);
	import->n_changed += is_changed || is_organisation_changed;
	if (import->is_dry_run)
		return ERR_NONE;
	if (is_organisation_changed)
		err = write_organisation(db, &row);
	return err == ERR_NONE && is_changed ? stmt_write(db, &statements[UPDATE], &stored) : err;
}

static enum err community_import_all(struct db *db, void *ctx)
{
	struct community_import *import = ctx;
	struct audit_entry entry = {
		.tenant_id = import->tenant_id,
		.action = "community.import",
		.actor = "wxuserctl",
		.subject = "communities",
	};
	enum err err = tenant_check(db, import->tenant_id);

	import->n_added = import->n_changed = 0;
	for (size_t i = 0; i < import->n_communities && err == ERR_NONE; i++)
		err = import_community(db, import, &import->communities[i]);
	if (err != ERR_NONE || import->is_dry_run)
		return err;
	entry.details = arena_printf(db->arena, "{\"lines\":%zu,\"new\":%zu,\"changed\":%zu}",
		import->n_communities, import->n_added, import->n_changed);
	return audit_write(db, &entry);
}

enum err community_import(struct db *db, struct community_import *import)
{
	return transaction_run(db, community_import_all, import);
}
