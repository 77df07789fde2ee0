#include "region.h"
#include "stmt.h"

struct key {
	int64_t codes[REGION_N_LEVELS];
};

struct row {
	int64_t code;
	int32_t level;
	const char *name;
};

#define CODE(i) COLUMN(struct key, codes[i], INT64)

enum { CHAIN };

static const struct stmt statements[] = {
	[CHAIN] = {
		.text = "SELECT code, level, name FROM region WHERE code IN (?, ?, ?, ?, ?) "
			"ORDER BY level LIMIT 5",
		.params = COLUMNS(CODE(0), CODE(1), CODE(2), CODE(3), CODE(4)),
		.columns = COLUMNS(COLUMN(struct row, code, INT64),
			COLUMN(struct row, level, INT32), COLUMN(struct row, name, STR)),
		.row_size = sizeof(struct row),
	},
};

const struct stmt_table region_statements = STMT_TABLE(statements);

static const struct division without_table[] = {
	{71, "台湾省"},
	{81, "香港特别行政区"},
	{82, "澳门特别行政区"},
};

/* The level of a code once the zeros at its end are gone. */
static int level_meant(int64_t code)
{
	int level = region_level(code);

	while (level > 1 && region_at_level(code, level) % (level > 3 ? 1000 : 100) == 0)
		level--;
	return level;
}

static void fill_without_table(int64_t code, struct region *region)
{
	for (size_t i = 0; i < sizeof(without_table) / sizeof(without_table[0]); i++) {
		if (region_at_level(code, 1) != without_table[i].code)
			continue;
		region->level = level_meant(code);
		for (int level = 1; level <= region->level; level++)
			region->chain[level - 1].code = region_at_level(code, level);
		region->chain[0].name = without_table[i].name;
	}
}

int region_find(struct db *db, int64_t code, struct region *region_r)
{
	struct key key;
	const struct row *rows;
	void *found;
	size_t n;

	*region_r = (struct region){0};
	if (region_level(code) == 0)
		return 0;
	for (int level = 1; level <= REGION_N_LEVELS; level++)
		key.codes[level - 1] = region_at_level(code, level);
	if (stmt_all(db, &statements[CHAIN], &key, &found, &n) != 0)
		return -1;
	rows = found;
	fill_without_table(code, region_r);
	for (size_t i = 0; i < n; i++) {
		region_r->chain[rows[i].level - 1] = (struct division){rows[i].code, rows[i].name};
		region_r->level = rows[i].level;
	}
	if (region_r->level < level_meant(code))
		return 0;
	region_r->code = region_r->chain[region_r->level - 1].code;
	return 1;
}

const char *region_name(const struct region *region)
{
	int level = region->level;

	while (level > 1 && region->chain[level - 1].name == NULL)
		level--;
	return region->chain[level - 1].name;
}
