#include "arena.h"
#include "audit.h"
#include "conn.h"
#include "region.h"
#include "stmt.h"
#include "transaction.h"

struct region_key {
	int64_t codes[REGION_N_LEVELS];
};

struct division_row {
	int64_t code;
	int32_t level;
	const char *name;
};

#define KEY(i) COLUMN(struct region_key, codes[i], INT64)

/* So many rows are looked up or written at a time; a batch is filled with its last row. */
#define ROWS_AT_ONCE 100

struct batch {
	struct division_row rows[ROWS_AT_ONCE];
	size_t n_rows;
};

#define CODE(i) COLUMN(struct batch, rows[i].code, INT64)
#define DIVISION(i)                                                                                \
	CODE(i), COLUMN(struct batch, rows[i].level, INT32),                                  \
		COLUMN(struct batch, rows[i].name, STR)
#define ALL(what) STMT_FIFTY(what, 0), STMT_FIFTY(what, 50)
#define TEN_OF(mark)                                                                            \
	mark ", " mark ", " mark ", " mark ", " mark ", " mark ", " mark ", " mark ", " mark    \
	     ", " mark
#define ALL_OF(mark) TEN_OF(TEN_OF(mark))

#define DIVISION_COLUMNS                                                                        \
	COLUMNS(COLUMN(struct division_row, code, INT64),                                       \
		COLUMN(struct division_row, level, INT32),                                      \
		COLUMN(struct division_row, name, STR))

enum { CHAIN, KNOWN, WRITE };

static const struct stmt statements[] = {
	[CHAIN] = {
		.text = "SELECT code, level, name FROM region WHERE code IN (?, ?, ?, ?, ?) "
			"ORDER BY level LIMIT 5",
		.params = COLUMNS(KEY(0), KEY(1), KEY(2), KEY(3), KEY(4)),
		.columns = DIVISION_COLUMNS,
		.row_size = sizeof(struct division_row),
	},
	[KNOWN] = {
		.text = "SELECT code, level, name FROM region "
			"WHERE code IN (" ALL_OF("?") ") ORDER BY code LIMIT 100",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ALL(CODE)),
		.columns = DIVISION_COLUMNS,
		.row_size = sizeof(struct division_row),
	},
	[WRITE] = {
		.text = "INSERT INTO region (code, level, name) VALUES " ALL_OF("(?, ?, ?)") " "
			"ON DUPLICATE KEY UPDATE name = VALUES(name)",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ALL(DIVISION)),
	},
};

const struct stmt_table region_statements = STMT_TABLE(statements);

static const struct division without_table[] = {
	{71, "台湾省"},
	{81, "香港特别行政区"},
	{82, "澳门特别行政区"},
};

/* ---- Codes. */

static const int64_t least[REGION_N_LEVELS + 1] = {1, 10, 1000, 100000, 100000000, 100000000000};

int region_level(int64_t code)
{
	for (int level = 1; level <= REGION_N_LEVELS; level++) {
		if (code >= least[level] && code / 10 < least[level])
			return level;
	}
	return 0;
}

int64_t region_at_level(int64_t code, int level)
{
	int own = region_level(code);

	return own < level ? 0 : code / (least[own] / least[level]);
}

/* Returns the level of a code without the zeros at its end. */
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

enum err region_find(struct db *db, int64_t code, struct region *region_r)
{
	struct region_key key;
	const struct division_row *rows;
	void *found;
	size_t n;
	enum err err;

	*region_r = (struct region){0};
	if (region_level(code) == 0)
		return db_refuse(db, ERR_REGION_UNKNOWN, "not the code of a division");
	for (int level = 1; level <= REGION_N_LEVELS; level++)
		key.codes[level - 1] = region_at_level(code, level);
	err = stmt_all(db, &statements[CHAIN], &key, &found, &n);
	if (err != ERR_NONE)
		return err;
	rows = found;
	fill_without_table(code, region_r);
	for (size_t i = 0; i < n; i++) {
		region_r->chain[rows[i].level - 1] = (struct division){rows[i].code, rows[i].name};
		region_r->level = rows[i].level;
	}
	if (region_r->level < level_meant(code))
		return db_refuse(db, ERR_REGION_UNKNOWN, "no division has the code");
	region_r->code = region_r->chain[region_r->level - 1].code;
	return ERR_NONE;
}

const char *region_name(const struct region *region)
{
	int level = region->level;

	while (level > 1 && region->chain[level - 1].name == NULL)
		level--;
	return region->chain[level - 1].name;
}

/* ---- Import. */

static void batch_add(struct batch *batch, const struct region_row *row)
{
	batch->rows[batch->n_rows++] = (struct division_row){
		.code = row->code,
		.level = region_level(row->code),
		.name = row->name,
	};
}

static void batch_fill(struct batch *batch)
{
	for (size_t i = batch->n_rows; i < ROWS_AT_ONCE; i++)
		batch->rows[i] = batch->rows[batch->n_rows - 1];
}

struct known {
	const struct division_row *rows;
	size_t n_rows;
};

static enum err find_known(struct db *db, struct batch *batch, struct known *known_r)
{
	void *rows;
	enum err err;

	batch_fill(batch);
	err = stmt_all(db, &statements[KNOWN], batch, &rows, &known_r->n_rows);
	if (err == ERR_NONE)
		known_r->rows = rows;
	return err;
}

static int compare_codes(const void *a, const void *b)
{
	const struct division_row *one = a, *other = b;

	return (one->code > other->code) - (one->code < other->code);
}

static const struct division_row *known_row(const struct known *known, int64_t code)
{
	const struct division_row wanted = {.code = code};

	return bsearch(&wanted, known->rows, known->n_rows, sizeof(wanted), compare_codes);
}

static enum err write_batch(struct db *db, struct batch *batch)
{
	batch_fill(batch);
	return stmt_write(db, &statements[WRITE], batch);
}

/* Writes those of rows that are new or have another name. */
static enum err write_changes(struct db *db, struct region_import *import,
	const struct region_row *rows, size_t n_rows)
{
	struct batch asked = {.n_rows = 0}, changed = {.n_rows = 0};
	struct known known;
	enum err err;

	for (size_t i = 0; i < n_rows; i++)
		batch_add(&asked, &rows[i]);
	err = find_known(db, &asked, &known);
	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; i < n_rows; i++) {
		const struct division_row *stored = known_row(&known, rows[i].code);

		if (stored != NULL && strcmp(stored->name, rows[i].name) == 0)
			continue;
		import->n_added += stored == NULL;
		import->n_renamed += stored != NULL;
		batch_add(&changed, &rows[i]);
	}
	return changed.n_rows == 0 || import->is_dry_run ? ERR_NONE : write_batch(db, &changed);
}

static int64_t parent_of(int64_t code)
{
	int level = region_level(code);

	return region_at_level(code, level > 1 ? level - 1 : 1);
}

/* Call it after the rows are written, so that a row and its parent may come together. */
static enum err check_parents(struct db *db, struct region_import *import,
	const struct region_row *rows, size_t n_rows)
{
	struct batch parents = {.n_rows = 0};
	struct known known;
	enum err err;

	for (size_t i = 0; i < n_rows; i++) {
		const struct region_row parent = {.code = parent_of(rows[i].code)};

		batch_add(&parents, &parent);
	}
	err = find_known(db, &parents, &known);
	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; i < n_rows; i++) {
		if (known_row(&known, parents.rows[i].code) != NULL)
			continue;
		import->orphan = (size_t)(&rows[i] - import->rows);
		return ERR_PARAMETER;
	}
	return ERR_NONE;
}

static enum err region_audit(struct db *db, const struct region_import *import)
{
	const struct audit_entry entry = {
		.tenant_id = AUDIT_INSTALLATION,
		.action = "region.import",
		.actor = "wxuserctl",
		.subject = "regions",
		.details = arena_printf(db->arena, "{\"added\":%zu,\"renamed\":%zu}",
			import->n_added, import->n_renamed),
	};

	return audit_write(db, &entry);
}

static enum err region_import_rows(struct db *db, void *ctx)
{
	struct region_import *import = ctx;
	enum err err = ERR_NONE;

	import->n_added = import->n_renamed = 0;
	for (size_t begin = 0; begin < import->n_rows && err == ERR_NONE; begin += ROWS_AT_ONCE) {
		const struct region_row *rows = import->rows + begin;
		size_t n_left = import->n_rows - begin;
		size_t n_rows = n_left < ROWS_AT_ONCE ? n_left : ROWS_AT_ONCE;
		size_t n_added_before = import->n_added;

		err = write_changes(db, import, rows, n_rows);
		if (err == ERR_NONE && import->n_added > n_added_before && !import->is_dry_run)
			err = check_parents(db, import, rows, n_rows);
	}
	return err == ERR_NONE && !import->is_dry_run ? region_audit(db, import) : err;
}

enum err region_import(struct db *db, struct region_import *import)
{
	return import->is_dry_run ? transaction_dry_run(db, region_import_rows, import)
				  : transaction_run(db, region_import_rows, import);
}

enum err region_is_stored(struct db *db, int64_t code, bool *is_stored_r)
{
	const struct region_row row = {.code = code};
	struct batch batch = {.n_rows = 0};
	struct known known = {.n_rows = 0};
	enum err err;

	batch_add(&batch, &row);
	err = find_known(db, &batch, &known);
	*is_stored_r = known.n_rows > 0;
	return err;
}
