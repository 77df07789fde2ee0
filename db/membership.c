#include "arena.h"
#include "community.h"
#include "membership.h"
#include "stmt.h"

#define ROLE_TYPE_RESIDENT 0
#define NAME_OF_RESIDENT "居民"

struct membership_row {
	int32_t tenant_id;
	struct uuid account_id;
	struct membership member;
	int64_t region_code;          /* 0: none */
	const char *dutys, *role_ids; /* JSON arrays of numbers */
};

#define ROW(member, type) COLUMN(struct membership_row, member, type)

enum { LIST, INSERT };

static const struct stmt statements[] = {
	[LIST] = {
		.text = "SELECT m.id, m.role_type, r.name, m.user_id, m.corp_id, m.dutys, "
			"m.role_ids, c.id, c.name, c.region_code, c.region_level, o.id, o.name, "
			"o.region_level, o.business_type, COALESCE(o.unit_type, 1) "
			"FROM membership m JOIN community c ON c.id = m.community_id "
			"LEFT JOIN organisation o ON o.id = c.organisation_id "
			"LEFT JOIN role_type r ON r.tenant_id = m.tenant_id "
			"AND r.role_type = m.role_type "
			"WHERE m.tenant_id = ? AND m.account_id = ? ORDER BY m.id LIMIT 100",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(account_id, UUID)),
		.columns = COLUMNS(ROW(member.id, INT64), ROW(member.role_type, INT32),
			ROW(member.role_type_name, STR), ROW(member.user_id, STR),
			ROW(member.corp_id, STR), ROW(dutys, STR), ROW(role_ids, STR),
			ROW(member.community_id, INT64), ROW(member.community_name, STR),
			ROW(region_code, INT64), ROW(member.region_level, INT32),
			ROW(member.organisation_id, INT64), ROW(member.organisation_name, STR),
			ROW(member.organisation_region_level, INT32),
			ROW(member.business_type, INT32), ROW(member.unit_type, INT32)),
		.row_size = sizeof(struct membership_row),
	},
	[INSERT] = {
		.text = "INSERT INTO membership (tenant_id, account_id, community_id, role_type, "
			"created_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(account_id, UUID),
			ROW(member.community_id, INT64), ROW(member.role_type, INT32)),
	},
};

const struct stmt_table membership_statements = STMT_TABLE(statements);

static size_t read_json_numbers(struct arena *arena, const char *list, const int64_t **numbers_r)
{
	int64_t *numbers = arena_array(arena, int64_t, strlen(list));
	size_t n = 0;
	char *end;

	*numbers_r = numbers;
	for (const char *at = list;; at = end) {
		int64_t number;

		at += strspn(at, "[, ");
		number = strtoll(at, &end, 10);
		if (end == at)
			return n;
		numbers[n++] = number;
	}
}

/* Reads the lists, which the row holds as text, and the region. */
static enum err complete_member(
	struct db *db, const struct membership_row *row, struct membership *member_r)
{
	enum err err;

	*member_r = row->member;
	if (member_r->role_type_name == NULL)
		member_r->role_type_name = NAME_OF_RESIDENT;
	member_r->n_dutys = read_json_numbers(db->arena, row->dutys, &member_r->dutys);
	member_r->n_role_ids = read_json_numbers(db->arena, row->role_ids, &member_r->role_ids);
	err = region_find(db, row->region_code, &member_r->region);
	return err == ERR_REGION_UNKNOWN ? ERR_NONE : err;
}

enum err membership_list(struct db *db, int32_t tenant_id, struct uuid account_id,
	struct membership_list *list_r)
{
	const struct membership_row key = {.tenant_id = tenant_id, .account_id = account_id};
	const struct membership_row *rows;
	void *found;
	size_t n;
	enum err err = stmt_all(db, &statements[LIST], &key, &found, &n);

	if (err != ERR_NONE)
		return err;
	rows = found;
	*list_r = (struct membership_list){
		.members = arena_array(db->arena, struct membership, n),
		.n_members = n,
	};
	for (size_t i = 0; i < n && err == ERR_NONE; i++)
		err = complete_member(db, &rows[i], &list_r->members[i]);
	return err;
}

enum err membership_add_resident(
	struct db *db, int32_t tenant_id, struct uuid account_id, const struct region *region)
{
	struct membership_row row = {
		.tenant_id = tenant_id,
		.account_id = account_id,
		.member.role_type = ROLE_TYPE_RESIDENT,
	};
	enum err err = community_of_region(db, tenant_id, region, &row.member.community_id);

	return err == ERR_NONE ? stmt_write(db, &statements[INSERT], &row) : err;
}
