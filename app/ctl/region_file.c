#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "arena.h"
#include "cell.h"
#include "csv.h"
#include "heap.h"
#include "json_elements.h"
#include "region.h"
#include "region_file.h"
#include "str.h"

enum { CODE, NAME, PROVINCE, CITY, AREA, STREET, N_COLUMNS };

static const struct csv_column columns[] = {
	[CODE] = {"code", "代码|编码|区划代码|行政区划代码|代碼|編碼|區劃代碼|行政區劃代碼",
		.is_required = true},
	[NAME] = {"name", "名称|区划名称|行政区划名称|名稱|區劃名稱|行政區劃名稱", .is_required = true},
	[PROVINCE] = {"provinceCode", "省代码|省份代码|省級代碼|省级代码"},
	[CITY] = {"cityCode", "市代码|城市代码|地级代码"},
	[AREA] = {"areaCode", "区县代码|县代码|县级代码"},
	[STREET] = {"streetCode", "街道代码|乡镇代码|乡级代码"},
	[N_COLUMNS] = {NULL},
};

struct region_file {
	struct csv *csv; /* or */
	struct json_elements *elements;
};

struct region_file *region_file_open(const char *path, struct arena *arena, const char **error_r)
{
	struct json_elements *elements = json_elements_open(path);
	struct csv *csv = elements != NULL ? NULL : csv_open(path, columns, arena, error_r);
	struct region_file *file;

	if (elements == NULL && csv == NULL)
		return NULL;
	file = heap_new_of(struct region_file);
	*file = (struct region_file){.csv = csv, .elements = elements};
	return file;
}

void region_file_close(struct region_file *file)
{
	if (file->csv != NULL)
		csv_close(file->csv);
	else
		json_elements_close(file->elements);
	free(file);
}

int64_t region_file_offset(const struct region_file *file)
{
	return file->csv != NULL ? csv_offset(file->csv) : json_elements_offset(file->elements);
}

static bool read_code(struct arena *arena, const char *value, int64_t *code_r)
{
	const char *text = cell_plain(arena, value);

	return *text >= '1' && *text <= '9' && str_parse_int64(text, code_r) &&
		region_level(*code_r) != 0;
}

/* The level that the columns of the divisions above say; 0: they say none. */
static int level_of(const char *const *values)
{
	for (int column = STREET; column >= PROVINCE; column--)
		if (values[column] != NULL)
			return column - PROVINCE + 2;
	return 0;
}

/* NULL, or what is wrong. */
static const char *check_above(
	const struct csv_record *record, struct arena *arena, int64_t code)
{
	for (int column = PROVINCE; column <= STREET; column++) {
		const char *value = record->values[column];
		int64_t above;

		if (value != NULL &&
			(!read_code(arena, value, &above) ||
				above != region_at_level(code, column - PROVINCE + 1)))
			return csv_record_complain(
				record, arena, column, "is not what the code begins with");
	}
	return NULL;
}

static const char *check(
	const struct csv_record *record, struct arena *arena, struct region_row *row_r)
{
	const char *const *values = record->values;
	int level = level_of(values);
	const char *error;

	if (values[CODE] == NULL || !read_code(arena, values[CODE], &row_r->code))
		return csv_record_complain(
			record, arena, CODE, "is none of 2, 4, 6, 9 or 12 digits");
	if (level != 0 && level != region_level(row_r->code))
		return csv_record_complain(
			record, arena, CODE, "is not of the level that the columns say");
	error = check_above(record, arena, row_r->code);
	if (error != NULL)
		return error;
	if (values[NAME] == NULL || !str_is_plain(values[NAME], REGION_NAME_MAX))
		return csv_record_complain(record, arena, NAME,
			arena_printf(arena, "is not 1 to %d characters without controls",
				REGION_NAME_MAX));
	row_r->name = values[NAME];
	return NULL;
}

static int read_line(struct csv *csv, struct arena *arena, struct region_record *record_r)
{
	struct csv_record record;
	int found = csv_read(csv, arena, &record);

	if (found == 0)
		return 0;
	*record_r = (struct region_record){.unit = "line", .number = record.line};
	if (found < 0)
		record_r->error = strerror(errno);
	else if (record.error != NULL)
		record_r->error = record.error;
	else
		record_r->error = check(&record, arena, &record_r->row);
	return 1;
}

static int column_named(const char *name)
{
	int column = 0;

	while (column < N_COLUMNS && strcmp(columns[column].name, name) != 0)
		column++;
	return column;
}

/* NULL, or what is wrong. */
static const char *take_members(
	json_t *element, struct arena *arena, struct csv_record *record)
{
	const char *name;
	json_t *value;

	if (!json_is_object(element))
		return "it is no object";
	json_object_foreach(element, name, value) {
		int column = column_named(name);

		if (column == N_COLUMNS)
			return "it has a member beside code, name and the codes above it";
		if (!json_is_string(value))
			return arena_printf(
				arena, "its %s is no string", columns[column].name);
		record->values[column] = arena_strdup(arena, json_string_value(value));
	}
	return NULL;
}

static int read_element(
	struct json_elements *elements, struct arena *arena, struct region_record *record_r)
{
	struct csv_record record = {.columns = columns};
	const char *error;
	json_t *element = json_elements_read(elements, &error);

	if (element == NULL && error == NULL)
		return 0;
	if (error == NULL)
		error = take_members(element, arena, &record);
	*record_r = (struct region_record){
		.unit = "element",
		.number = json_elements_number(elements),
		.error = error,
	};
	if (error == NULL)
		record_r->error = check(&record, arena, &record_r->row);
	json_decref(element);
	return 1;
}

int region_file_read(
	struct region_file *file, struct arena *arena, struct region_record *record_r)
{
	return file->csv != NULL ? read_line(file->csv, arena, record_r)
				 : read_element(file->elements, arena, record_r);
}
