#include "region_code.h"
#include "region_import.h"
#include "stmt.h"
#include "transaction.h"

/* Rows are looked up and written in so many at a time; the last ones are repeated to fill it. */
#define ROWS_AT_ONCE 100

struct place {
	int64_t code;
	int32_t level;
	const char *name;
};

struct batch {
	struct place places[ROWS_AT_ONCE];
	size_t n_places;
};

#define CODE(i) COLUMN(struct batch, places[i].code, INT64)
#define PLACE(i)                                                                                \
	CODE(i), COLUMN(struct batch, places[i].level, INT32),                                  \
		COLUMN(struct batch, places[i].name, STR)
#define TEN(what, i)                                                                            \
	what(i), what(i + 1), what(i + 2), what(i + 3), what(i + 4), what(i + 5), what(i + 6),  \
		what(i + 7), what(i + 8), what(i + 9)
#define ALL(what)                                                                               \
	TEN(what, 0), TEN(what, 10), TEN(what, 20), TEN(what, 30), TEN(what, 40),               \
		TEN(what, 50), TEN(what, 60), TEN(what, 70), TEN(what, 80), TEN(what, 90)
#define TEN_OF(mark)                                                                            \
	mark ", " mark ", " mark ", " mark ", " mark ", " mark ", " mark ", " mark ", " mark    \
	     ", " mark
#define ALL_OF(mark) TEN_OF(TEN_OF(mark))

enum { KNOWN, WRITE };

static const struct stmt statements[] = {
	[KNOWN] = {
		.text = "SELECT code, level, name FROM region "
			"WHERE code IN (" ALL_OF("?") ") ORDER BY code LIMIT 100",
		.params = COLUMNS(ALL(CODE)),
		.columns = COLUMNS(COLUMN(struct place, code, INT64),
			COLUMN(struct place, level, INT32), COLUMN(struct place, name, STR)),
		.row_size = sizeof(struct place),
	},
	[WRITE] = {
		.text = "INSERT INTO region (code, level, name) VALUES " ALL_OF("(?, ?, ?)") " "
			"ON DUPLICATE KEY UPDATE name = VALUES(name)",
		.params = COLUMNS(ALL(PLACE)),
	},
};

const struct stmt_table region_import_statements = STMT_TABLE(statements);

static void add_place(struct batch *batch, const struct region_row *row)
{
	batch->places[batch->n_places++] = (struct place){
		.code = row->code,
		.level = region_level(row->code),
		.name = row->name,
	};
}

static void fill(struct batch *batch)
{
	for (size_t i = batch->n_places; i < ROWS_AT_ONCE; i++)
		batch->places[i] = batch->places[batch->n_places - 1];
}

struct known {
	const struct place *places;
	size_t n_places;
};

static int look_up(struct db *db, struct batch *batch, struct known *known_r)
{
	void *places;

	fill(batch);
	if (stmt_all(db, &statements[KNOWN], batch, &places, &known_r->n_places) != 0)
		return -1;
	known_r->places = places;
	return 0;
}

static int compare_codes(const void *a, const void *b)
{
	const struct place *one = a, *other = b;

	return (one->code > other->code) - (one->code < other->code);
}

static const struct place *find(const struct known *known, int64_t code)
{
	const struct place wanted = {.code = code};

	return bsearch(&wanted, known->places, known->n_places, sizeof(wanted), compare_codes);
}

static int write_places(struct db *db, struct batch *batch)
{
	if (batch->n_places == 0)
		return 0;
	fill(batch);
	return stmt_run(db, &statements[WRITE], batch) < 0 ? -1 : 0;
}

/* Those of rows that are new or have another name. */
static int write_changes(struct db *db, struct region_import *import,
	const struct region_row *rows, size_t n_rows)
{
	struct batch asked = {.n_places = 0}, changed = {.n_places = 0};
	struct known known;

	for (size_t i = 0; i < n_rows; i++)
		add_place(&asked, &rows[i]);
	if (look_up(db, &asked, &known) != 0)
		return -1;
	for (size_t i = 0; i < n_rows; i++) {
		const struct place *place = find(&known, rows[i].code);

		if (place != NULL && strcmp(place->name, rows[i].name) == 0)
			continue;
		import->n_added += place == NULL;
		import->n_renamed += place != NULL;
		add_place(&changed, &rows[i]);
	}
	return write_places(db, &changed);
}

static int64_t parent_of(int64_t code)
{
	int level = region_level(code);

	return region_at_level(code, level > 1 ? level - 1 : 1);
}

/* Once they are written, so that a row and its parent may come together. */
static enum err find_parents(struct db *db, struct region_import *import,
	const struct region_row *rows, size_t n_rows)
{
	struct batch parents = {.n_places = 0};
	struct known known;

	for (size_t i = 0; i < n_rows; i++) {
		const struct region_row parent = {.code = parent_of(rows[i].code)};

		add_place(&parents, &parent);
	}
	if (look_up(db, &parents, &known) != 0)
		return transaction_failed(db);
	for (size_t i = 0; i < n_rows; i++) {
		if (find(&known, parents.places[i].code) != NULL)
			continue;
		import->orphan = (size_t)(&rows[i] - import->rows);
		return ERR_PARAMETER;
	}
	return ERR_NONE;
}

static enum err import_in_transaction(struct db *db, void *ctx)
{
	struct region_import *import = ctx;
	enum err err = ERR_NONE;

	import->n_added = import->n_renamed = 0;
	for (size_t begin = 0; begin < import->n_rows && err == ERR_NONE; begin += ROWS_AT_ONCE) {
		const struct region_row *rows = import->rows + begin;
		size_t n_left = import->n_rows - begin;
		size_t n_rows = n_left < ROWS_AT_ONCE ? n_left : ROWS_AT_ONCE;
		size_t n_added_before = import->n_added;

		if (write_changes(db, import, rows, n_rows) != 0)
			return transaction_failed(db);
		if (import->n_added > n_added_before)
			err = find_parents(db, import, rows, n_rows);
	}
	return err;
}

enum err region_import(struct db *db, struct region_import *import)
{
	return transaction_run(db, import_in_transaction, import);
}
